#!lua
-- A mirror: gives a ticket for each cell. Earlier tickets of these cells are void.
-- KEYS: mark, tickets
-- ARGV: a list: the cells
-- Returns the generation and the tickets, or nil if no mark stands.
local generation = redis.call('HGET', KEYS[1], 'generation')
if not (generation and stands(KEYS[1], generation, 'filling ready')) then
    return false
end
local reply = {generation}
for _, cell in ipairs(ARGV[1]) do
    reply[#reply + 1] = redis.call('HINCRBY', KEYS[2], cell, 1)
end
return reply
