#!lua
-- A cluster, first step: the forward side of edges of one kind and one bucket.
-- KEYS: types, intents, clock of the bucket, then the forward list of each edge
-- ARGV: forward kind, then of each edge: created, target id, name
-- Returns of each edge the version for the reverse side, or nil if it is not new.
local first = next_version(KEYS[3], 0)
local version = first
local versions = {}
for i = 4, #KEYS do
    local at = 2 + (i - 4) * 3
    if put_new(KEYS[i], ARGV[1], ARGV[at], ARGV[at + 1]) then
        redis.call('HSET', KEYS[2], ARGV[at + 2], integer(version))
        versions[#versions + 1] = integer(version)
        version = version + 1
    else
        versions[#versions + 1] = false
    end
end
if version > first then
    redis.call('SET', KEYS[3], integer(version))
end
return versions
