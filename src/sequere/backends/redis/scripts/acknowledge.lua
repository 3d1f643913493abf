#!lua flags=allow-oom
-- A cluster, third step: removes the intents of finished writes of edges of one bucket.
-- KEYS: the intents of the bucket
-- ARGV: a list: for each edge name, version
local edges = ARGV[1]
for i = 1, #edges, 2 do
    if redis.call('HGET', KEYS[1], edges[i]) == edges[i + 1] then
        redis.call('HDEL', KEYS[1], edges[i])
    end
end
