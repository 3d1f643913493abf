#!lua flags=no-writes
-- Reads sides of edges, in all states.
-- KEYS: the active list of each side
-- ARGV: JSON: the member of each side
-- Returns the slot of each side.
local members = cjson.decode(ARGV[1])
local slots = {}
for i = 1, #KEYS do
    slots[#slots + 1] = slot_of(KEYS[i], members[i])
end
return slots
