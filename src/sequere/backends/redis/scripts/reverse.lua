#!lua flags=allow-oom
-- A cluster, second step: the reverse side of edges of one route and bucket.
-- KEYS: types, fences, newest, absent of the bucket, then each edge's reverse active list
-- ARGV: reverse type, milliseconds for which fences stand,
--       JSON: of each edge version, created ('' to remove), state, source id
-- Returns of each edge '' if this version is written, or what its version would have
-- to exceed.
--
-- A write that comes late must not undo a newer one. So each write leaves a fence with
-- its version, and an older version is refused. The fences of a bucket expire together:
-- then the newest version of the bucket becomes the floor, and nothing is written any
-- more that is not newer than the floor.
local edges = cjson.decode(ARGV[3])
local newest = tonumber(redis.call('GET', KEYS[3]) or 0)
local floor = tonumber(redis.call('ZSCORE', KEYS[2], 'floor'))
if not floor then
    floor = newest
    redis.call('ZADD', KEYS[2], floor, 'floor')
    redis.call('PEXPIRE', KEYS[2], ARGV[2])
end
local before = newest
local replies = {}
for i = 5, #KEYS do
    local at = 1 + (i - 5) * 4
    local created, state, source = edges[at + 1], edges[at + 2], edges[at + 3]
    local version = tonumber(edges[at])
    local name = name_of(KEYS[i], source)
    local fence = tonumber(redis.call('ZSCORE', KEYS[2], name))
    local reply = ''
    if fence and version < fence then
        -- Not always a newer write: the clock of the source may have gone back.
        reply = integer(fence)
    elseif version == fence then
        reply = ''
    elseif version <= floor then
        reply = integer(floor)
    else
        if created == '' then
            leave(KEYS[i], ARGV[1], source)
        else
            place(KEYS[i], ARGV[1], state, created, source)
        end
        redis.call('ZADD', KEYS[2], version, name)
        newest = math.max(newest, version)
    end
    replies[#replies + 1] = reply
end
if newest > before then
    redis.call('SET', KEYS[3], integer(newest))
end
return replies
