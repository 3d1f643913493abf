#!lua flags=no-writes
-- A cluster: reads what the bucket of the source knows of edges of one route.
-- KEYS: types, intents, clock, absent of the bucket, then each edge's forward active list
-- ARGV: forward type, a list: for each edge target id
-- Returns for each edge the bucket's last version, the edge's intent, and its slot.
local targets = ARGV[2]
local clock = redis.call('GET', KEYS[3])
local found = {}
for i = 5, #KEYS do
    local target = targets[i - 4]
    local intent = redis.call('HGET', KEYS[2], name_of(KEYS[i], target))
    found[#found + 1] = {clock, intent, slot_of(KEYS[i], target)}
end
return found
