#!lua
-- A mirror: lets readers ask it for a while.
-- KEYS: mark, lease
-- ARGV: generation, server, milliseconds
-- Returns 1, or 0 if the mark is not at the stage `ready`.
if not stands(KEYS[1], ARGV[1], ARGV[2], 'ready') then
    return 0
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
return 1
