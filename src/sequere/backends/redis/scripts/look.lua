#!lua flags=no-writes
-- Reads sides of edges, in all states.
-- KEYS: the active list of each side
-- ARGV: a list: the member of each side
-- Returns the slot of each side.
local members = ARGV[1]
local slots = {}
for i = 1, #KEYS do
    slots[#slots + 1] = slot_of(KEYS[i], members[i])
end
return slots
