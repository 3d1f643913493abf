#!lua flags=allow-oom
-- A cluster, second step: the reverse side of edges of one kind and one bucket.
-- KEYS: types, fences, floor of the bucket, then the reverse list of each edge
-- ARGV: reverse kind, how long fences stand in microseconds,
--       JSON: of each edge version, created ('' to remove), source id
-- Returns of each edge '' if this version is written, or what its version would have
-- to exceed.
--
-- A write that comes late must not undo a newer one. So each write leaves a fence with
-- its version, and what is older is refused. Fences are taken away after a while;
-- from then on nothing is written that is not newer than the newest of those (the floor).
local edges = cjson.decode(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local floor = tonumber(redis.call('GET', KEYS[3]) or 0)
local replies = {}
for i = 4, #KEYS do
    local at = 1 + (i - 4) * 3
    local version, created, source = edges[at], edges[at + 1], edges[at + 2]
    local name = name_of(KEYS[i], source)
    local fence = redis.call('ZSCORE', KEYS[2], name)
    local reply = ''
    if fence and tonumber(version) < tonumber(fence) then
        -- Not always a newer write: the clock of the source may have gone back.
        reply = integer(fence)
    elseif fence and tonumber(version) == tonumber(fence) then
        reply = ''
    elseif tonumber(version) <= floor then
        reply = integer(floor)
    else
        if created == '' then
            redis.call('ZREM', KEYS[i], source)
        else
            put(KEYS[i], ARGV[1], created, source)
        end
        redis.call('ZADD', KEYS[2], version, name)
    end
    replies[#replies + 1] = reply
end

-- A few more than were added, so that they become fewer, and no call pays for all.
local horizon = integer(now - tonumber(ARGV[2]))
local most = 2 * #replies + 8
local old = math.min(redis.call('ZCOUNT', KEYS[2], '-inf', horizon), most)
if old > 0 then
    local newest = redis.call('ZRANGE', KEYS[2], old - 1, old - 1, 'WITHSCORES')[2]
    redis.call('ZREMRANGEBYRANK', KEYS[2], 0, old - 1)
    if tonumber(newest) > floor then
        redis.call('SET', KEYS[3], newest)
    end
end
return replies
