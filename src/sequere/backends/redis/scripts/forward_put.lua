#!lua
-- A cluster, first step: the forward side of edges of one route, state, level and bucket
-- as it is to be.
-- KEYS, ARGV: as those of forward_add.lua
-- Returns of each edge the version for the reverse side. If the edge was there just so, or
-- a block bars it: nil, or {version, created, state} if an earlier write has left the
-- reverse side undone, without the last two if the edge is not there.
local new_state, level = tonumber(ARGV[2]), ARGV[3]
local edges = cjson.decode(ARGV[5])
redis.call('HLEN', KEYS[2])
local first = next_version(KEYS[3], 0)
local version = first
local versions = {}
for i = 5, #KEYS do
    local at = 1 + (i - 5) * 2
    local created, target = edges[at], edges[at + 1]
    local name = name_of(KEYS[i], target)
    local is_open = ARGV[4] == '0' or not is_barred(KEYS[i], ARGV[1], target)
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
