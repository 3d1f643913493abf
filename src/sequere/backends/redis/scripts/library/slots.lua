-- For scripts that write one side of an edge, or both. A side of an edge is a member of
-- at most one of eight lists: the active list, and a list for each state from 1 to 7.
-- Scripts are told the active list. The other lists are in the same bucket.

local beside = {}

-- The lists of the states 1 to 7 beside an active list.
local function lists_beside(list)
    local found = beside[list]
    if not found then
        local head, tail = string.match(list, '^(.-}:[^:]+)(.*)$')
        found = {}
        for state = 1, 7 do
            found[state] = head .. '~' .. state .. tail
        end
        beside[list] = found
    end
    return found
end

local function list_of(list, state)
    return state == 0 and list or lists_beside(list)[state]
end

local function levels_of(list)
    local head, tail = string.match(list, '^(.-}:[^:]+)(.*)$')
    return head .. '~level' .. tail
end

-- The state and the score of a member; nil if it is in no list.
local function find(list, member)
    local score = redis.call('ZSCORE', list, member)
    if score then
        return 0, score
    end
    local others = lists_beside(list)
    if redis.call('EXISTS', unpack(others)) > 0 then
        for state = 1, 7 do
            score = redis.call('ZSCORE', others[state], member)
            if score then
                return state, score
            end
        end
    end
end

-- To be called before anything is written: lets the bucket remember the type of a list
-- that will exist, and fails if there is something else at one of the keys.
local function prepare(list, list_type, state)
    if redis.call('ZCARD', list_of(list, state)) == 0 then
        if state > 0 then
            list_type = string.gsub(list_type, ':', '~' .. state .. ':', 1)
        end
        redis.call('SADD', string.match(list, '^.-}:') .. 'types', list_type)
    end
end

-- Removes a member from the lists of all states, except one that may be given.
local function leave(list, member, kept)
    if kept ~= 0 then
        redis.call('ZREM', list, member)
    end
    local others = lists_beside(list)
    if redis.call('EXISTS', unpack(others)) > 0 then
        for state = 1, 7 do
            if state ~= kept then
                redis.call('ZREM', others[state], member)
            end
        end
    end
end

-- Makes the list of one state the only list that a member is in.
local function place(list, list_type, state, score, member)
    prepare(list, list_type, state)
    leave(list, member, state)
    redis.call('ZADD', list_of(list, state), score, member)
end

local function put_level(list, member, level)
    if level ~= '0' then
        redis.call('HSET', levels_of(list), member, level)
    end
end

local function level_of(list, member)
    return redis.call('HGET', levels_of(list), member) or '0'
end

local function drop_level(list, member, level)
    if level ~= '0' then
        redis.call('HDEL', levels_of(list), member)
    end
end

-- A state with some bits set and some cleared.
local function changed(state, set, clear)
    return bit.bor(bit.band(state, bit.bnot(clear)), set)
end
