#!lua flags=no-writes
-- Counts the followers or followings of each of some resources.
-- KEYS: for each resource: the types of its bucket, the base of its lists
-- ARGV: prefix of the types of their lists, the first and the last time to count (both ''
--       for all), then the identifiers to count; no identifiers for all
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
