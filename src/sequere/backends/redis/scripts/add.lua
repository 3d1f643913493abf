#!lua
-- One server: adds edges of one route, state and level, both sides of each.
-- KEYS: the forward and the reverse active list of each edge
-- ARGV: forward type, reverse type, state, level, the types of the lists of blocks that bar
--       the edges: own blocks, others' blocks, or two empty texts,
--       a list: for each edge created, target id, source id
-- Returns a 1 for each edge that is new, else a 0.
local state, level = tonumber(ARGV[3]), ARGV[4]
local edges = ARGV[7]
local blocks = ARGV[5] == '' and {} or {ARGV[5], ARGV[6]}
local known, prepared = {}, {}
local new = {}
for i = 1, #KEYS, 2 do
    local at = 1 + (i - 1) / 2 * 3
    local created, target, source = edges[at], edges[at + 1], edges[at + 2]
    local forward, reverse = KEYS[i], KEYS[i + 1]
    local is_new = false
    local types = known[forward]
    if not types then
        types = known_types(forward, ARGV[1], blocks)
        known[forward] = types
    end
    if not is_barred(forward, types, target) then
        if not prepared[reverse] then
            prepare(reverse, ARGV[2], state)
            prepared[reverse] = true
        end
        is_new = enter(forward, ARGV[1], types, state, created, target, level)
        if is_new then
            redis.call('ZADD', list_of(reverse, state), created, source)
        end
    end
    new[#new + 1] = is_new and 1 or 0
end
return new
