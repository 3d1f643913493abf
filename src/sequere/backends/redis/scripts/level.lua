#!lua
-- Sets the level of edges of one route; only the forward side keeps the level.
-- KEYS: the forward active list of each edge
-- ARGV: forward type, level, a list: for each edge target id
-- Returns for each edge {created, state, level}, or nil if its level is the same or the
-- edge is missing.
local targets = ARGV[3]
local changed = {}
for i = 1, #KEYS do
    local state, created = find(KEYS[i], ARGV[1], targets[i])
    local reply = false
    if state and level_of(KEYS[i], targets[i]) ~= ARGV[2] then
        set_level(KEYS[i], targets[i], ARGV[2])
        reply = {created, state, ARGV[2]}
    end
    changed[#changed + 1] = reply
end
return changed
