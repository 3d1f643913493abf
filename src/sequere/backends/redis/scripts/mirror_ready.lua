#!lua flags=no-writes
-- A mirror: may readers ask it?
-- KEYS: mark, lease
-- Returns 1 or 0.
local generation = redis.call('GET', KEYS[2])
if not generation then
    return 0
end
return stands(KEYS[1], generation, run_id(), 'ready') and 1 or 0
