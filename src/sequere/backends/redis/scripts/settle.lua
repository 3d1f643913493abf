#!lua flags=allow-oom
-- One server: makes the reverse side of edges of one kind say what the forward says.
-- KEYS and ARGV: as in add.lua, with any text for created
local edges = cjson.decode(ARGV[3])
for i = 1, #KEYS, 2 do
    local at = 1 + (i - 1) / 2 * 3
    local target, source = edges[at + 1], edges[at + 2]
    local created = redis.call('ZSCORE', KEYS[i], target)
    if created then
        put(KEYS[i], ARGV[1], created, target)
        put(KEYS[i + 1], ARGV[2], created, source)
    else
        redis.call('ZREM', KEYS[i + 1], source)
    end
end
