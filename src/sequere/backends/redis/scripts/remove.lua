#!lua flags=allow-oom
-- One server: removes edges of one route, both sides of each.
-- KEYS: the forward and the reverse active list of each edge
-- ARGV: forward type, digits of the states, the relation of the ends and a moment to
--       remove edges whose end is over, or '' twice,
--       a list: for each edge target id, source id
-- Returns for each edge nil if the edge was missing or stays, created if it was active and
-- has no level, or else {created, state, level}.
local edges = ARGV[5]
local gone, levelled = {}, {}
for i = 1, #KEYS, 2 do
    local target, source = edges[i], edges[i + 1]
    local forward = KEYS[i]
    local state, created = find(forward, ARGV[1], target)
    local reply = false
    if state and string.find(ARGV[2], state, 1, true)
            and is_over(forward, ARGV[1], target, ARGV[3], ARGV[4]) then
        local level = level_among(forward, target, levelled)
        -- The reverse list comes first: the script fails here, with nothing removed, if
        -- the key holds another type than a list.
        redis.call('ZREM', list_of(KEYS[i + 1], state), source)
        redis.call('ZREM', list_of(forward, state), target)
        drop_level(forward, target, level)
        local is_plain = state == 0 and level == '0'
        reply = is_plain and created or {created, state, level}
    end
    gone[#gone + 1] = reply
end
return gone
