#!lua flags=allow-oom
-- A cluster, first step: gives the forward side of edges of one route and bucket another
-- state.
-- KEYS: types, intents, clock, absent of the bucket, then each edge's forward active list
-- ARGV: forward type, bits to set, bits to clear, digits of the states to change, the new
--       created ('' for the same), a list: for each edge target id
-- Returns for each edge {version, created, new state, level}. If the state is the same or
-- the edge is missing, the reply is nil; or, if an earlier write has left the reverse side
-- undone, {version, created, state}, without the last two if the edge is missing.
local set, clear = tonumber(ARGV[2]), tonumber(ARGV[3])
local targets = ARGV[6]
local first = next_version(KEYS[3], 0)
local version = first
local moved = {}
for i = 5, #KEYS do
    local target = targets[i - 4]
    local name = name_of(KEYS[i], target)
    local state, created = find(KEYS[i], ARGV[1], target)
    local new = state
    if state and string.find(ARGV[4], state, 1, true) then
        new = changed(state, set, clear)
    end
    if new == state then
        local undone = redis.call('HGET', KEYS[2], name)
        moved[#moved + 1] = undone and {undone, created, state}
    else
        local level = level_of(KEYS[i], target)
        created = ARGV[5] == '' and created or ARGV[5]
        prepare(KEYS[i], ARGV[1], new)
        redis.call('HSET', KEYS[2], name, integer(version))
        redis.call('ZREM', list_of(KEYS[i], state), target)
        redis.call('ZADD', list_of(KEYS[i], new), created, target)
        moved[#moved + 1] = {integer(version), created, new, level}
        version = version + 1
    end
end
if version > first then
    redis.call('SET', KEYS[3], integer(version))
end
return moved
