#!lua flags=no-writes
-- A mirror: may readers ask it?
-- KEYS: mark, lease
-- Returns 1 or 0.
local generation = redis.call('GET', KEYS[2])
return generation and stands(KEYS[1], generation, 'ready') and 1 or 0
