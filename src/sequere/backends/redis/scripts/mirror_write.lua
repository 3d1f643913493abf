#!lua
-- A mirror: makes slots of one route hold exactly the given edges, or nothing.
-- KEYS: mark, tickets, then the forward and the reverse active list of each slot
-- ARGV: generation, server, forward type, reverse type,
--       a list: for each slot bucket, ticket, state or -1 for an empty slot, created,
--       level, target id, source id
-- Returns a 1 for each slot that was written, or a 0 if its ticket is void; or nil if the
-- mark does not stand.
if not stands(KEYS[1], ARGV[1], ARGV[2], 'filling ready') then
    return false
end
local slots = ARGV[5]
local written = {}
for i = 3, #KEYS, 2 do
    local at = 1 + (i - 3) / 2 * 7
    local bucket, ticket, state, created, level, target, source =
        slots[at], slots[at + 1], slots[at + 2], slots[at + 3], slots[at + 4],
        slots[at + 5], slots[at + 6]
    local is_valid = redis.call('HGET', KEYS[2], bucket) == ticket
    if is_valid and state < 0 then
        leave(KEYS[i + 1], ARGV[4], source)
        leave(KEYS[i], ARGV[3], target)
        set_level(KEYS[i], target, '0')
    elseif is_valid then
        place(KEYS[i + 1], ARGV[4], state, created, source)
        place(KEYS[i], ARGV[3], state, created, target)
        set_level(KEYS[i], target, level)
    end
    written[#written + 1] = is_valid and 1 or 0
end
return written
