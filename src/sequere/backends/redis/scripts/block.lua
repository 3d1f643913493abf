#!lua
-- One server: adds blocks of one route, both sides of each, and cuts other edges.
-- KEYS: the forward and the reverse list of each block
-- ARGV: forward type, reverse type, a list: the relations to cut,
--       a list: for each block created, target id, source id
-- Returns for each block nil if the block existed, or else the edges that it cut: a flat
-- list of 1 for an edge from the source, or 2 for an edge from the target, number of the
-- relation, created, state, level.
local relations, blocks = ARGV[3], ARGV[4]
local replies = {}

local function cut(reply, number, which, forward, reverse, forward_type, target, source)
    local state, created = find(forward, forward_type, target)
    if state then
        local level = level_of(forward, target)
        redis.call('ZREM', list_of(reverse, state), source)
        redis.call('ZREM', list_of(forward, state), target)
        drop_level(forward, target, level)
        for _, value in ipairs({which, number, created, state, level}) do
            reply[#reply + 1] = value
        end
    end
end

for i = 1, #KEYS, 2 do
    local at = 1 + (i - 1) / 2 * 3
    local created, target, source = blocks[at], blocks[at + 1], blocks[at + 2]
    local reply = false
    if not find(KEYS[i], ARGV[1], target) then
        reply = {}
        prepare(KEYS[i + 1], ARGV[2], 0)
        prepare(KEYS[i], ARGV[1], 0)
        for number, relation in ipairs(relations) do
            local mine, theirs = list_in(KEYS[i], relation), list_in(KEYS[i + 1], relation)
            local my_type = type_in(ARGV[1], relation)
            local their_type = turned(type_in(ARGV[2], relation))
            cut(reply, number, 1, mine, theirs, my_type, target, source)
            cut(reply, number, 2, turned(theirs), turned(mine), their_type, source, target)
        end
        redis.call('ZADD', KEYS[i], created, target)
        redis.call('ZADD', KEYS[i + 1], created, source)
    end
    replies[#replies + 1] = reply
end
return replies
