#!lua
-- A mirror: makes sides of slots hold exactly the given edges, or nothing.
-- KEYS: mark, tickets, absent, then the active list of each side
-- ARGV: generation,
--       a list: for each side the type of its active list, cell, ticket, state or -1 for
--       an empty slot, created, level ('' for a reverse side), member
-- Returns a 1 for each side that was written, or a 0 if its ticket is void; or nil if the
-- mark does not stand.
if not stands(KEYS[1], ARGV[1], 'filling ready') then
    return false
end
local sides = ARGV[2]
local written = {}
for i = 4, #KEYS do
    local at = 1 + (i - 4) * 7
    local list_type, cell, ticket, state, created, level, member =
        sides[at], sides[at + 1], sides[at + 2], sides[at + 3], sides[at + 4],
        sides[at + 5], sides[at + 6]
    local is_valid = redis.call('HGET', KEYS[2], cell) == ticket
    if is_valid then
        if state < 0 then
            leave(KEYS[i], list_type, member)
        else
            place(KEYS[i], list_type, state, created, member)
        end
        if level ~= '' then
            set_level(KEYS[i], member, level)
        end
    end
    written[#written + 1] = is_valid and 1 or 0
end
return written
