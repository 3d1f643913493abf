#!lua
-- A cluster, first step: the forward side of edges of one kind and one bucket.
-- KEYS: types, intents, clock of the bucket, then the forward list of each edge
-- ARGV: forward kind, JSON: of each edge created, target id
-- Returns of each edge the version for the reverse side. If it is not new: nil, or
-- {version, created} if an earlier write has left the reverse side undone.
local edges = cjson.decode(ARGV[2])
local first = next_version(KEYS[3], 0)
local version = first
local versions = {}
for i = 4, #KEYS do
    local at = 1 + (i - 4) * 2
    local created, target = edges[at], edges[at + 1]
    local name = name_of(KEYS[i], target)
    if put_new(KEYS[i], ARGV[1], created, target) then
        redis.call('HSET', KEYS[2], name, integer(version))
        versions[#versions + 1] = integer(version)
        version = version + 1
    else
        local undone = redis.call('HGET', KEYS[2], name)
        versions[#versions + 1] = undone and {undone, redis.call('ZSCORE', KEYS[i], target)}
    end
end
if version > first then
    redis.call('SET', KEYS[3], integer(version))
end
return versions
