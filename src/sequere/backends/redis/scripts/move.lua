#!lua flags=allow-oom
-- One server: gives edges of one route another state, both sides of each.
-- KEYS: the forward and the reverse active list of each edge
-- ARGV: forward type, reverse type, bits to set, bits to clear, digits of the states to
--       change, the new created ('' for the same),
--       a list: for each edge target id, source id
-- Returns for each edge {created, new state, level}, or nil if its state is the same or the
-- edge is missing.
local set, clear = tonumber(ARGV[3]), tonumber(ARGV[4])
local edges = ARGV[7]
local moved = {}
for i = 1, #KEYS, 2 do
    local forward, reverse, target, source = KEYS[i], KEYS[i + 1], edges[i], edges[i + 1]
    local state, created = find(forward, ARGV[1], target)
    local new = state
    if state and string.find(ARGV[5], state, 1, true) then
        new = changed(state, set, clear)
    end
    local reply = false
    if new ~= state then
        local level = level_of(forward, target)
        created = ARGV[6] == '' and created or ARGV[6]
        prepare(forward, ARGV[1], new)
        prepare(reverse, ARGV[2], new)
        redis.call('ZREM', list_of(reverse, state), source)
        redis.call('ZREM', list_of(forward, state), target)
        redis.call('ZADD', list_of(forward, new), created, target)
        redis.call('ZADD', list_of(reverse, new), created, source)
        reply = {created, new, level}
    end
    moved[#moved + 1] = reply
end
return moved
