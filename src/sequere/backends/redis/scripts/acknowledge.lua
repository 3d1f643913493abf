#!lua flags=allow-oom
-- A cluster, third step: nothing is left to do for edges of one bucket.
-- KEYS: the intents of the bucket
-- ARGV: of each edge: name, version
for i = 1, #ARGV, 2 do
    if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then
        redis.call('HDEL', KEYS[1], ARGV[i])
    end
end
