#!lua flags=allow-oom
-- A cluster, first step of settling: edges of one kind and one bucket as they are.
-- KEYS: types, intents, clock of the bucket, then the forward list of each edge
-- ARGV: forward kind, what the versions must exceed, JSON: of each edge target id
-- Returns of each edge {version, created}; created is '' if the edge is not there.
local targets = cjson.decode(ARGV[3])
local version = next_version(KEYS[3], tonumber(ARGV[2]))
local stamped = {}
for i = 4, #KEYS do
    local target = targets[i - 3]
    local created = redis.call('ZSCORE', KEYS[i], target)
    if created then
        redis.call('SADD', KEYS[1], ARGV[1])
    end
    redis.call('HSET', KEYS[2], name_of(KEYS[i], target), integer(version))
    stamped[#stamped + 1] = {integer(version), created or ''}
    version = version + 1
end
redis.call('SET', KEYS[3], integer(version))
return stamped
