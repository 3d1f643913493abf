#!lua flags=no-writes
-- How many followers or followings each of some resources has.
-- KEYS: of each resource: the types of its bucket, the base of its lists
-- ARGV: what the types of their lists begin with, the first and the last time that count (both '' for
--       all), then the identifiers to count; none for all
local since, till = ARGV[2], ARGV[3]
local given = arguments_from(4)
local counts = {}
for i = 1, #KEYS, 2 do
    local count = 0
    for _, identifier in ipairs(identifiers_of(KEYS[i], ARGV[1], given)) do
        local list = KEYS[i + 1] .. identifier
        if since == '' then
            count = count + redis.call('ZCARD', list)
        else
            count = count + redis.call('ZCOUNT', list, since, till)
        end
    end
    counts[#counts + 1] = count
end
return counts
