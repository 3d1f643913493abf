#!lua flags=allow-oom
-- A cluster, second step of blocks: writes the blocks' reverse side, and cuts the edges
-- that the target has to the source. From here on the target can add no such edge.
-- KEYS, ARGV: see reverse.lua; then a list: the relations to cut
-- Returns for each block {the reply of reverse.lua, cut}, with `cut` from cut_all().
local blocks, relations = ARGV[3], ARGV[4]
local root = string.match(KEYS[1], '^.-}:')
local intents, clock = root .. 'intents', root .. 'clock'
redis.call('HLEN', intents)
local first = next_version(clock, 0)
local next = first
local fences = fences_of(KEYS[2], KEYS[3], ARGV[2])
local replies = {}
for i = 5, #KEYS do
    local at = 1 + (i - 5) * 4
    local version, created, source = tonumber(blocks[at]), blocks[at + 1], blocks[at + 3]
    local name = name_of(KEYS[i], source)
    local reply = refusal(fences, name, version)
    local cut = {}
    if not reply then
        if created == '' then
            leave(KEYS[i], ARGV[1], source)
        else
            place(KEYS[i], ARGV[1], 0, created, source)
            local list, list_type = turned(KEYS[i]), turned(ARGV[1])
            next, cut = cut_all(list, list_type, relations, source, intents, next)
        end
        leave_fence(fences, name, version)
    end
    replies[#replies + 1] = {reply or '', cut}
end
if next > first then
    redis.call('SET', clock, integer(next))
end
keep_newest(fences)
return replies
