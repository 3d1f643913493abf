#!lua
-- A mirror: lets readers ask it until a moment of this server's clock.
-- KEYS: mark, lease
-- ARGV: generation, the moment in milliseconds
-- Returns 1, or 0 if the mark is not at the stage `ready`, or the moment has passed.
local time = redis.call('TIME')
local left = tonumber(ARGV[2]) - math.floor(time[1] * 1000 + time[2] / 1000)
if left <= 0 or not stands(KEYS[1], ARGV[1], 'ready') then
    return 0
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', left)
return 1
