-- What several scripts share. Each begins with its own line of flags.

local function types_key(list)
    return string.match(list, '^.-}:') .. 'types'
end

-- The bucket remembers which kinds of lists it has.
local function remember(list, kind)
    if redis.call('ZCARD', list) == 1 then
        redis.call('SADD', types_key(list), kind)
    end
end

local function put(list, kind, created, member)
    redis.call('ZADD', list, created, member)
    remember(list, kind)
end

-- Adds unless it is there. Returns whether it was added.
local function put_new(list, kind, created, member)
    if redis.call('ZADD', list, 'NX', created, member) == 0 then
        return false
    end
    remember(list, kind)
    return true
end

-- How intents and fences name an edge: by a list and its member. A member is any text,
-- so its length in bytes goes before it.
local function name_of(list, member)
    return #member .. ':' .. member .. string.match(list, '}(:.*)')
end

-- The identifiers of a resource's lists: those that are given, or all of its bucket.
local function identifiers_of(types, base, given)
    if #given > 0 then
        return given
    end
    local found = {}
    for _, kind in ipairs(redis.call('SMEMBERS', types)) do
        if string.sub(kind, 1, #base) == base then
            found[#found + 1] = string.sub(kind, #base + 1)
        end
    end
    return found
end

local function arguments_from(first)
    local found = {}
    for i = first, #ARGV do
        found[#found + 1] = ARGV[i]
    end
    return found
end

-- Versions are microseconds of the server's clock, and never go back in a bucket.
local function next_version(clock, at_least)
    local time = redis.call('TIME')
    local now = time[1] * 1000000 + time[2]
    return math.max(now, tonumber(redis.call('GET', clock) or 0), at_least) + 1
end

local function integer(number)
    return string.format('%.0f', number)
end
