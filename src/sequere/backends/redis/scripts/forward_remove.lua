#!lua flags=allow-oom
-- A cluster, first step: the forward side of edges of one kind and one bucket.
-- KEYS: types, intents, clock of the bucket, then the forward list of each edge
-- ARGV: of each edge: target id, name
-- Returns of each edge {version, created}, or nil if it was not there.
local first = next_version(KEYS[3], 0)
local version = first
local gone = {}
for i = 4, #KEYS do
    local at = 1 + (i - 4) * 2
    local created = redis.call('ZSCORE', KEYS[i], ARGV[at])
    if created then
        redis.call('ZREM', KEYS[i], ARGV[at])
        redis.call('HSET', KEYS[2], ARGV[at + 1], integer(version))
        gone[#gone + 1] = {integer(version), created}
        version = version + 1
    else
        gone[#gone + 1] = false
    end
end
if version > first then
    redis.call('SET', KEYS[3], integer(version))
end
return gone
