#!lua flags=allow-oom
-- A mirror: removes keys of earlier generations.
-- KEYS: mark, the keys
-- ARGV: generation
-- Returns 1, or 0 if the generation is not at the stage `clearing`.
if not stands(KEYS[1], ARGV[1], 'clearing') then
    return 0
end
for i = 2, #KEYS do
    redis.call('UNLINK', KEYS[i])
end
return 1
