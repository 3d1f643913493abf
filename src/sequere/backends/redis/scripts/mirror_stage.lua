#!lua
-- A mirror: begins a generation, if ARGV[2] is `clearing`, or moves it to another stage.
-- KEYS: mark
-- ARGV: generation, stage
-- Returns 1, or 0 if a newer generation began, or the server is another one.
if ARGV[2] == 'clearing' then
    local before = tonumber(redis.call('HGET', KEYS[1], 'generation') or 0)
    if before >= tonumber(ARGV[1]) then
        return 0
    end
    redis.call('HSET', KEYS[1], 'generation', ARGV[1], 'server', run_id())
elseif not stands(KEYS[1], ARGV[1], 'clearing filling ready') then
    return 0
end
redis.call('HSET', KEYS[1], 'stage', ARGV[2])
return 1
