#!lua flags=no-writes
-- Followers or followings of one resource, behind a place, in order of
-- (created, identifier, object id).
-- KEYS: the types of its bucket, the base of its lists
-- ARGV: what its kinds begin with, 'newest' or 'oldest', limit, offset,
--       the place: created (or '' for the beginning), identifier, object id,
--       then the identifiers to show; none for all
-- Returns how much of the offset was skipped, then by identifier: its name, and
-- a flat list of object id and created. The lists are to be merged.
local newest = ARGV[2] == 'newest'
local limit, offset = tonumber(ARGV[3]), tonumber(ARGV[4])
local created, after_identifier, after_id = ARGV[5], ARGV[6], ARGV[7]

-- By bytes. Lua's own < follows the language of the server.
local function is_before(a, b)
    for i = 1, math.min(#a, #b) do
        local x, y = string.byte(a, i), string.byte(b, i)
        if x ~= y then
            return x < y
        end
    end
    return #a < #b
end

-- How many members of the list, oldest first, stand before the place;
-- and is the next one at the place?
local function rank_of_place(list, identifier)
    local low = redis.call('ZCOUNT', list, '-inf', '(' .. created)
    local high = low + redis.call('ZCOUNT', list, created, created)
    if identifier ~= after_identifier then
        return is_before(identifier, after_identifier) and high or low, false
    end
    local last = high
    while low < high do
        local middle = math.floor((low + high) / 2)
        if is_before(redis.call('ZRANGE', list, middle, middle)[1], after_id) then
            low = middle + 1
        else
            high = middle
        end
    end
    local here = low < last and redis.call('ZRANGE', list, low, low)[1] == after_id
    return low, here
end

-- How many members the pages before this one have shown.
local function shown_of(list, identifier, length)
    if created == '' then
        return 0
    end
    local rank, here = rank_of_place(list, identifier)
    if newest then
        return length - rank
    end
    return rank + (here and 1 or 0)
end

local rest = {}
for _, identifier in ipairs(identifiers_of(KEYS[1], ARGV[1], arguments_from(8))) do
    local list = KEYS[2] .. identifier
    local length = redis.call('ZCARD', list)
    local shown = length > 0 and shown_of(list, identifier, length) or 0
    if shown < length then
        rest[#rest + 1] = {identifier, list, shown}
    end
end

-- Where there is nothing to merge with, what comes before need not be sent.
local skipped = #rest == 1 and offset or 0
local command = newest and 'ZREVRANGE' or 'ZRANGE'
local reply = {skipped}
for _, each in ipairs(rest) do
    local first = each[3] + skipped
    local last = each[3] + offset + limit - 1
    reply[#reply + 1] = each[1]
    reply[#reply + 1] = redis.call(command, each[2], first, last, 'WITHSCORES')
end
return reply
