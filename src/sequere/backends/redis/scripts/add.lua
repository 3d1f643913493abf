#!lua
-- One server: edges of one kind, both sides of each.
-- KEYS: the forward and the reverse list of each edge
-- ARGV: forward kind, reverse kind, JSON: of each edge created, target id, source id
-- Returns a 1 for each edge that is new, else a 0.
local edges = cjson.decode(ARGV[3])
local new = {}
for i = 1, #KEYS, 2 do
    local at = 1 + (i - 1) / 2 * 3
    local created, target, source = edges[at], edges[at + 1], edges[at + 2]
    if put_new(KEYS[i], ARGV[1], created, target) then
        put(KEYS[i + 1], ARGV[2], created, source)
        new[#new + 1] = 1
    else
        new[#new + 1] = 0
    end
end
return new
