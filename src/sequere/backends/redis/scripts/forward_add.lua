#!lua
-- A cluster, first step: adds the forward side of edges of one route, state, level and
-- bucket.
-- KEYS: types, intents, clock, absent of the bucket, then each edge's forward active list
-- ARGV: forward type, state, level, the types of the lists of blocks that bar the edges:
--       own blocks, others' blocks, or two empty texts,
--       a list: for each edge created, target id
-- Returns for each edge the version for the reverse side. If the edge is not new, the
-- reply is nil, or {version, created, state} if an earlier write has left the reverse side
-- undone.
local new_state, level = tonumber(ARGV[2]), ARGV[3]
local edges = ARGV[6]
-- The script fails here, with nothing written, if the key holds another type.
redis.call('HLEN', KEYS[2])
local first = next_version(KEYS[3], 0)
local version = first
local blocks = ARGV[4] == '' and {} or {ARGV[4], ARGV[5]}
local lists = {}
local versions = {}
for i = 5, #KEYS do
    local at = 1 + (i - 5) * 2
    local created, target = edges[at], edges[at + 1]
    local name = name_of(KEYS[i], target)
    local known = lists[KEYS[i]] or known_types(KEYS[i], ARGV[1], blocks)
    lists[KEYS[i]] = known
    local is_open = not is_barred(KEYS[i], known, target)
    if is_open and enter(KEYS[i], ARGV[1], known, new_state, created, target, level) then
        redis.call('HSET', KEYS[2], name, integer(version))
        versions[#versions + 1] = integer(version)
        version = version + 1
    else
        local undone = redis.call('HGET', KEYS[2], name)
        local reply = false
        if undone then
            local state, earlier = find(KEYS[i], ARGV[1], target)
            reply = {undone, earlier, state}
        end
        versions[#versions + 1] = reply
    end
end
if version > first then
    redis.call('SET', KEYS[3], integer(version))
end
return versions
