#!lua
-- A cluster, first step of blocks of one route and bucket: adds the blocks' forward side,
-- and cuts the edges that the source has to the target.
-- KEYS: types, intents, clock, absent of the bucket, then each block's forward list
-- ARGV: forward type, a list: the relations to cut,
--       a list: for each block created, target id
-- Returns for each block {version, created, cut}, with `cut` as cut_all() returns it;
-- without `cut` if an earlier write has left the reverse side undone; nil if the block
-- existed.
local relations, blocks = ARGV[2], ARGV[3]
redis.call('HLEN', KEYS[2])
local first = next_version(KEYS[3], 0)
local version = first
local replies = {}
for i = 5, #KEYS do
    local at = 1 + (i - 5) * 2
    local created, target = blocks[at], blocks[at + 1]
    local name = name_of(KEYS[i], target)
    local _, earlier = find(KEYS[i], ARGV[1], target)
    if earlier then
        local undone = redis.call('HGET', KEYS[2], name)
        replies[#replies + 1] = undone and {undone, earlier}
    else
        prepare(KEYS[i], ARGV[1], 0)
        local own, cut = integer(version), nil
        redis.call('HSET', KEYS[2], name, own)
        version, cut = cut_all(KEYS[i], ARGV[1], relations, target, KEYS[2], version + 1)
        redis.call('ZADD', KEYS[i], created, target)
        replies[#replies + 1] = {own, created, cut}
    end
end
if version > first then
    redis.call('SET', KEYS[3], integer(version))
end
return replies
