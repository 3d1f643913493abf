#!lua
-- A mirror: begins a generation, if ARGV[3] is `clearing`, or moves it to another stage.
-- KEYS: mark
-- ARGV: generation, server, stage
-- Returns 1, or 0 if a newer generation began, or the server is another one.
if run_id() ~= ARGV[2] then
    return 0
end
if ARGV[3] == 'clearing' then
    local before = tonumber(redis.call('HGET', KEYS[1], 'generation') or 0)
    if before >= tonumber(ARGV[1]) then
        return 0
    end
elseif not stands(KEYS[1], ARGV[1], ARGV[2], 'clearing filling ready') then
    return 0
end
redis.call('HSET', KEYS[1], 'generation', ARGV[1], 'server', ARGV[2], 'stage', ARGV[3])
return 1
