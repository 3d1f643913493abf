#!lua
-- One server: writes edges of one route, state and level, both sides of each, and
-- overwrites edges that differ.
-- KEYS: the forward and the reverse active list of each edge
-- ARGV: see add.lua
-- Returns a 1 for each edge that was missing or differed, and is now written, else a 0.
local state, level = tonumber(ARGV[3]), ARGV[4]
local edges = ARGV[7]
local blocks = ARGV[5] == '' and {} or {ARGV[5], ARGV[6]}
local changed = {}
for i = 1, #KEYS, 2 do
    local at = 1 + (i - 1) / 2 * 3
    local created, target, source = edges[at], edges[at + 1], edges[at + 2]
    local known = known_types(KEYS[i], ARGV[1], blocks)
    local is_open = not is_barred(KEYS[i], known, target)
    local is_changed = is_open and is_other(KEYS[i], ARGV[1], state, created, target, level)
    if is_changed then
        prepare(KEYS[i + 1], ARGV[2], state)
        place(KEYS[i], ARGV[1], state, created, target)
        place(KEYS[i + 1], ARGV[2], state, created, source)
        set_level(KEYS[i], target, level)
    end
    changed[#changed + 1] = is_changed and 1 or 0
end
return changed
