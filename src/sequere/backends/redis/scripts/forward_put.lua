#!lua
-- A cluster, first step: writes the forward side of edges of one route, state, level and
-- bucket, and overwrites edges that differ.
-- KEYS, ARGV: see forward_add.lua
-- Returns for each edge the version for the reverse side. If the same edge existed, or a
-- block bars the edge, the reply is nil, or {version, created, state} if an earlier write
-- has left the reverse side undone, without the last two if the edge is missing.
local new_state, level = tonumber(ARGV[2]), ARGV[3]
local edges = ARGV[6]
redis.call('HLEN', KEYS[2])
local first = next_version(KEYS[3], 0)
local version = first
local blocks = ARGV[4] == '' and {} or {ARGV[4], ARGV[5]}
local versions = {}
for i = 5, #KEYS do
    local at = 1 + (i - 5) * 2
    local created, target = edges[at], edges[at + 1]
    local name = name_of(KEYS[i], target)
    local known = known_types(KEYS[i], ARGV[1], blocks)
    local is_open = not is_barred(KEYS[i], known, target)
    if is_open and is_other(KEYS[i], ARGV[1], new_state, created, target, level) then
        redis.call('HSET', KEYS[2], name, integer(version))
        place(KEYS[i], ARGV[1], new_state, created, target)
        set_level(KEYS[i], target, level)
        versions[#versions + 1] = integer(version)
        version = version + 1
    else
        local undone = redis.call('HGET', KEYS[2], name)
        local state, earlier = find(KEYS[i], ARGV[1], target)
        versions[#versions + 1] = undone and {undone, earlier, state}
    end
end
if version > first then
    redis.call('SET', KEYS[3], integer(version))
end
return versions
