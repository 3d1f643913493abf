#!lua flags=allow-oom
-- One server: edges of any route and state, both sides of each.
-- KEYS: the forward and the reverse active list of each edge
-- ARGV: JSON: of each edge target id, source id
-- Returns created, state and level of each edge, or three times nil if it was not there.
local edges = cjson.decode(ARGV[1])
local gone = {}
for i = 1, #KEYS, 2 do
    local target, source = edges[i], edges[i + 1]
    local state, created = find(KEYS[i], target)
    local level = false
    if state then
        level = level_of(KEYS[i], target)
        -- The reverse list comes first: the server fails here, with nothing removed, if
        -- there is something else at its key.
        redis.call('ZREM', list_of(KEYS[i + 1], state), source)
        redis.call('ZREM', list_of(KEYS[i], state), target)
        drop_level(KEYS[i], target, level)
    end
    gone[#gone + 1] = created or false
    gone[#gone + 1] = state or false
    gone[#gone + 1] = level
end
return gone
