#!lua flags=no-writes
-- Reads followers or followings of one resource, behind a place, in the order of
-- (created, identifier, object id).
-- KEYS: the types of its bucket, the base of its lists
-- ARGV: prefix of the types of its lists, 'newest' or 'oldest', limit, offset,
--       the place: created (or '' for the beginning), identifier, object id,
--       then the identifiers to show; no identifiers for all
-- Returns how much of the offset was skipped, then for each identifier: its name, and
-- a flat list of object id and created. The caller must merge the lists.
local newest = ARGV[2] == 'newest'
local limit, offset = tonumber(ARGV[3]), tonumber(ARGV[4])
local created, after_identifier, after_id = ARGV[5], ARGV[6], ARGV[7]

-- Returns how many members the pages before this one have shown.
local function shown_of(list, identifier, length)
    if created == '' then
        return 0
    end
    local rank, here = rank_of_place(list, identifier, created, after_identifier, after_id)
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

-- A single list needs no merging, so the members before the offset need not be sent.
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
