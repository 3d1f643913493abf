#!lua flags=allow-oom
-- One server: makes the reverse side of edges of one kind say what the forward says.
-- KEYS: the forward and the reverse list of each edge
-- ARGV: forward kind, reverse kind, JSON: of each edge target id, source id
local edges = cjson.decode(ARGV[3])
for i = 1, #KEYS, 2 do
    local target, source = edges[i], edges[i + 1]
    local created = redis.call('ZSCORE', KEYS[i], target)
    if created then
        put(KEYS[i], ARGV[1], created, target)
        put(KEYS[i + 1], ARGV[2], created, source)
    else
        redis.call('ZREM', KEYS[i + 1], source)
    end
end
