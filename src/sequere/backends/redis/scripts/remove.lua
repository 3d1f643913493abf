#!lua flags=allow-oom
-- One server: edges of any kind, both sides of each.
-- KEYS: the forward and the reverse list of each edge
-- ARGV: of each edge: target id, source id
-- Returns when each edge was created, or nil if it was not there.
local gone = {}
for i = 1, #KEYS, 2 do
    local created = redis.call('ZSCORE', KEYS[i], ARGV[i])
    gone[#gone + 1] = created
    if created then
        redis.call('ZREM', KEYS[i], ARGV[i])
        redis.call('ZREM', KEYS[i + 1], ARGV[i + 1])
    end
end
return gone
