#!lua flags=allow-oom
-- A cluster, first step of settling: gives edges of one route and bucket, as they are, a
-- version.
-- KEYS: types, intents, clock, absent of the bucket, then each edge's forward active list
-- ARGV: forward type, number that the versions must exceed, a list: for each edge target id
-- Returns for each edge {version, created, state}, or {version} if the edge is missing.
local targets = ARGV[3]
local version = next_version(KEYS[3], tonumber(ARGV[2]))
local stamped = {}
for i = 5, #KEYS do
    local target = targets[i - 4]
    local state, created = truth(KEYS[i], target)
    redis.call('HSET', KEYS[2], name_of(KEYS[i], target), integer(version))
    if state then
        place(KEYS[i], ARGV[1], state, created, target)
    else
        drop_level(KEYS[i], target)
    end
    stamped[#stamped + 1] = {integer(version), created, state}
    version = version + 1
end
redis.call('SET', KEYS[3], integer(version))
return stamped
