#!lua flags=allow-oom
-- One server: edges of one route, both sides of each.
-- KEYS: the forward and the reverse active list of each edge
-- ARGV: forward type, digits of the states, JSON: of each edge target id, source id
-- Returns of each edge nil if it was not there, created if it was active and has no
-- level, or else {created, state, level}.
local edges = cjson.decode(ARGV[3])
local gone = {}
for i = 1, #KEYS, 2 do
    local target, source = edges[i], edges[i + 1]
    local state, created = find(KEYS[i], ARGV[1], target)
    local reply = false
    if state and string.find(ARGV[2], state, 1, true) then
        local level = level_of(KEYS[i], target)
        -- The reverse list comes first: the server fails here, with nothing removed, if
        -- there is something else at its key.
        redis.call('ZREM', list_of(KEYS[i + 1], state), source)
        redis.call('ZREM', list_of(KEYS[i], state), target)
        drop_level(KEYS[i], target, level)
        local is_plain = state == 0 and level == '0'
        reply = is_plain and created or {created, state, level}
    end
    gone[#gone + 1] = reply
end
return gone
