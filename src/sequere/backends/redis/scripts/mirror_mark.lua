#!lua flags=no-writes
-- A mirror: reads a mark.
-- KEYS: mark
-- Returns generation, stage, and 1 if the server is the server of the mark, or else 0; or
-- nil if there is no mark.
local found = redis.call('HMGET', KEYS[1], 'generation', 'stage', 'server')
return found[1] and {found[1], found[2], found[3] == run_id() and 1 or 0}
