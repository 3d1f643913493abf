#!lua flags=no-writes
-- How many followers or followings each of some resources has.
-- KEYS: of each resource: the types of its bucket, the base of its lists
-- ARGV: what its kinds begin with, then the identifiers to count; none for all
local given = arguments_from(2)
local counts = {}
for i = 1, #KEYS, 2 do
    local count = 0
    for _, identifier in ipairs(identifiers_of(KEYS[i], ARGV[1], given)) do
        count = count + redis.call('ZCARD', KEYS[i + 1] .. identifier)
    end
    counts[#counts + 1] = count
end
return counts
