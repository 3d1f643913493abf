-- For the second step of a cluster. A late write must not undo a newer write. So each
-- write leaves a fence with its version, and an older version is refused. The fences of a
-- bucket expire together: then the newest version of the bucket becomes the floor, and
-- later writes must be newer than the floor.

local function fences_of(fences, newest, milliseconds)
    local found = {fences = fences, key = newest}
    found.newest = tonumber(redis.call('GET', newest) or 0)
    found.before = found.newest
    found.floor = tonumber(redis.call('ZSCORE', fences, 'floor'))
    if not found.floor then
        found.floor = found.newest
        redis.call('ZADD', fences, found.floor, 'floor')
        redis.call('PEXPIRE', fences, milliseconds)
    end
    return found
end

-- Returns nil if a version is to be written, '' if the version was written before, or else
-- the version that it would have to exceed.
local function refusal(fences, name, version)
    local fence = tonumber(redis.call('ZSCORE', fences.fences, name))
    if fence and version < fence then
        -- The fence is not always newer: the clock of the source may have gone back.
        return integer(fence)
    elseif version == fence then
        return ''
    elseif version <= fences.floor then
        return integer(fences.floor)
    end
end

local function leave_fence(fences, name, version)
    redis.call('ZADD', fences.fences, version, name)
    fences.newest = math.max(fences.newest, version)
end

local function keep_newest(fences)
    if fences.newest > fences.before then
        redis.call('SET', fences.key, integer(fences.newest))
    end
end
