#!lua flags=no-writes
-- Reads the first members behind a place in each of a resource's lists in one direction.
-- KEYS: the types of its bucket, a key that never exists
-- ARGV: identifier, object id, sign of the direction, relation ('' for all), digits of
--       the states, limit, the place: created (or '' for the beginning), identifier,
--       object id
-- Returns for each list with such members: relation, identifier of the other ends, a flat
-- list of object id and created, and the newest created of the whole list.
local limit, created = tonumber(ARGV[6]), ARGV[7]
local root = string.match(KEYS[1], '^.-}:')
local reply = {}

local function read(head, relation, other)
    local list = root .. head .. ':' .. ARGV[1] .. ':' .. ARGV[2] .. ARGV[3] .. other
    local first = 0
    if created ~= '' then
        local rank, here = rank_of_place(list, other, created, ARGV[8], ARGV[9])
        first = rank + (here and 1 or 0)
    end
    local members = redis.call('ZRANGE', list, first, first + limit - 1, 'WITHSCORES')
    if #members > 0 then
        local newest = redis.call('ZRANGE', list, -1, -1, 'WITHSCORES')[2]
        reply[#reply + 1] = {relation, other, members, newest}
    end
end

for _, list_type in ipairs(redis.call('SMEMBERS', KEYS[1])) do
    local head, whose, sign, other = string.match(list_type, '^([^:]+):(.-)([<>])(.+)$')
    if whose == ARGV[1] and sign == ARGV[3] then
        -- A mark has no relation.
        local relation, state = string.match(head, '^([^~]+)~?(%d?)$')
        state = state == '' and '0' or state
        local wanted = relation and (ARGV[4] == '' or ARGV[4] == relation)
        if wanted and string.find(ARGV[5], state, 1, true) then
            read(head, relation, other)
        end
    end
end
return reply
