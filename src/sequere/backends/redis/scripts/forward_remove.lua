#!lua flags=allow-oom
-- A cluster, first step: removes the forward side of edges of one route and bucket.
-- KEYS: types, intents, clock, absent of the bucket, then each edge's forward active list
-- ARGV: forward type, digits of the states, the relation of the ends and a moment to
--       remove edges whose end is over, or '' twice, 1 to skip edges that are being
--       written, a list: for each edge target id
-- Returns for each edge {version, created, state, level}. For a missing edge the reply is
-- nil, or {version} if an earlier write has left the reverse side undone. For a skipped
-- edge the reply is {}.
local targets = ARGV[6]
local first = next_version(KEYS[3], 0)
local version = first
local gone, levelled = {}, {}
for i = 5, #KEYS do
    local target = targets[i - 4]
    local forward = KEYS[i]
    local name = name_of(forward, target)
    local state, created = find(forward, ARGV[1], target)
    if state and ARGV[5] == '1' and redis.call('HEXISTS', KEYS[2], name) == 1 then
        gone[#gone + 1] = {}
    elseif state and string.find(ARGV[2], state, 1, true)
            and is_over(forward, ARGV[1], target, ARGV[3], ARGV[4]) then
        local level = level_among(forward, target, levelled)
        redis.call('HSET', KEYS[2], name, integer(version))
        redis.call('ZREM', list_of(forward, state), target)
        drop_level(forward, target, level)
        gone[#gone + 1] = {integer(version), created, state, level}
        version = version + 1
    else
        local undone = not state and redis.call('HGET', KEYS[2], name)
        gone[#gone + 1] = undone and {undone}
    end
end
if version > first then
    redis.call('SET', KEYS[3], integer(version))
end
return gone
