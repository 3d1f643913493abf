#!lua flags=allow-oom
-- One server: edges of any kind, both sides of each.
-- KEYS: the forward and the reverse list of each edge
-- ARGV: JSON: of each edge target id, source id
-- Returns when each edge was created, or nil if it was not there.
local edges = cjson.decode(ARGV[1])
local gone = {}
for i = 1, #KEYS, 2 do
    local target, source = edges[i], edges[i + 1]
    local created = redis.call('ZSCORE', KEYS[i], target)
    gone[#gone + 1] = created
    if created then
        redis.call('ZREM', KEYS[i], target)
        redis.call('ZREM', KEYS[i + 1], source)
    end
end
return gone
