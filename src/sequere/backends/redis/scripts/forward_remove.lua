#!lua flags=allow-oom
-- A cluster, first step: the forward side of edges of one kind and one bucket.
-- KEYS: types, intents, clock of the bucket, then the forward list of each edge
-- ARGV: JSON: of each edge target id
-- Returns of each edge {version, created}. If it was not there: nil, or {version, nil}
-- if an earlier write has left the reverse side undone.
local targets = cjson.decode(ARGV[1])
local first = next_version(KEYS[3], 0)
local version = first
local gone = {}
for i = 4, #KEYS do
    local target = targets[i - 3]
    local name = name_of(KEYS[i], target)
    local created = redis.call('ZSCORE', KEYS[i], target)
    if created then
        redis.call('ZREM', KEYS[i], target)
        redis.call('HSET', KEYS[2], name, integer(version))
        gone[#gone + 1] = {integer(version), created}
        version = version + 1
    else
        local undone = redis.call('HGET', KEYS[2], name)
        gone[#gone + 1] = undone and {undone, false}
    end
end
if version > first then
    redis.call('SET', KEYS[3], integer(version))
end
return gone
