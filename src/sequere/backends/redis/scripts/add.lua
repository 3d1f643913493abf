#!lua
-- One server: edges of one route, state and level, both sides of each.
-- KEYS: the forward and the reverse active list of each edge
-- ARGV: forward type, reverse type, state, level,
--       JSON: of each edge created, target id, source id
-- Returns a 1 for each edge that is new, else a 0.
local state, level = tonumber(ARGV[3]), ARGV[4]
local edges = cjson.decode(ARGV[5])
local new = {}
for i = 1, #KEYS, 2 do
    local at = 1 + (i - 1) / 2 * 3
    local created, target, source = edges[at], edges[at + 1], edges[at + 2]
    prepare(KEYS[i + 1], ARGV[2], state)
    if enter(KEYS[i], ARGV[1], state, created, target, level) then
        redis.call('ZADD', list_of(KEYS[i + 1], state), created, source)
        new[#new + 1] = 1
    else
        new[#new + 1] = 0
    end
end
return new
