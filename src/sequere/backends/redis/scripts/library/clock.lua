-- For the first step of a cluster. Versions are microseconds of the server's clock, and
-- never go back in a bucket.
local function next_version(clock, at_least)
    local time = redis.call('TIME')
    local now = time[1] * 1000000 + time[2]
    return math.max(now, tonumber(redis.call('GET', clock) or 0), at_least) + 1
end
