#!lua flags=allow-oom
-- A cluster, second step: writes the reverse side of edges of one route and bucket.
-- KEYS: types, fences, newest, absent of the bucket, then each edge's reverse active list
-- ARGV: reverse type, milliseconds for which fences stand,
--       a list: for each edge version, created ('' to remove), state, source id
-- Returns for each edge '' if this version is written, or the version that it would have
-- to exceed.
local edges = ARGV[3]
local fences = fences_of(KEYS[2], KEYS[3], ARGV[2])
local replies = {}
for i = 5, #KEYS do
    local at = 1 + (i - 5) * 4
    local version = tonumber(edges[at])
    local created, state, source = edges[at + 1], edges[at + 2], edges[at + 3]
    local name = name_of(KEYS[i], source)
    local reply = refusal(fences, name, version)
    if not reply then
        if created == '' then
            leave(KEYS[i], ARGV[1], source)
        else
            place(KEYS[i], ARGV[1], state, created, source)
        end
        leave_fence(fences, name, version)
    end
    replies[#replies + 1] = reply or ''
end
keep_newest(fences)
return replies
