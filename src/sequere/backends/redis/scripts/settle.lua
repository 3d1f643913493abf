#!lua flags=allow-oom
-- One server: makes both sides of edges of one route agree with the forward side.
-- KEYS: the forward and the reverse active list of each edge
-- ARGV: forward type, reverse type, a list: for each edge target id, source id
local edges = ARGV[3]
for i = 1, #KEYS, 2 do
    local target, source = edges[i], edges[i + 1]
    local state, created = truth(KEYS[i], target)
    if state then
        place(KEYS[i], ARGV[1], state, created, target)
        place(KEYS[i + 1], ARGV[2], state, created, source)
    else
        drop_level(KEYS[i], target)
        leave(KEYS[i + 1], ARGV[2], source)
    end
end
