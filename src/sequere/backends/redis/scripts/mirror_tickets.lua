#!lua
-- A mirror: gives a ticket for each bucket. Earlier tickets of these buckets are void.
-- KEYS: mark, tickets
-- ARGV: a list: the buckets
-- Returns generation, server, and the tickets; or nil if no mark stands.
local mark = redis.call('HMGET', KEYS[1], 'generation', 'server')
if not (mark[1] and stands(KEYS[1], mark[1], mark[2], 'filling ready')) then
    return false
end
for _, bucket in ipairs(ARGV[1]) do
    mark[#mark + 1] = redis.call('HINCRBY', KEYS[2], bucket, 1)
end
return mark
