-- For scripts that write one side of an edge, or both. A side of an edge is a member of
-- at most one of eight lists: the active list, and a list for each state from 1 to 7.
-- Scripts get the active list. The other lists are in the same bucket, which remembers by
-- a mark whether such lists exist: most sites archive few edges.

-- The marks are texts, because Lua takes long to write a number.
local MARKS = {'~1', '~2', '~3', '~4', '~5', '~6', '~7'}

local function list_of(list, state)
    if state == 0 then
        return list
    end
    local head, tail = string.match(list, '^(.-}:[^:]+)(.*)$')
    return head .. MARKS[state] .. tail
end

local function levels_of(list)
    local head, tail = string.match(list, '^(.-}:[^:]+)(.*)$')
    return head .. '~level' .. tail
end

local function types_of(list)
    return string.match(list, '^.-}:') .. 'types'
end

local function mark_of(list_type)
    return '~' .. list_type
end

-- Returns the lists of the states 1 to 7, or nil if a resource has no such lists.
local function existing_beside(list)
    local head, tail = string.match(list, '^(.-}:[^:]+)(.*)$')
    local found = {}
    for state = 1, 7 do
        found[state] = head .. MARKS[state] .. tail
    end
    return redis.call('EXISTS', unpack(found)) > 0 and found or nil
end

-- Returns the same without looking for the lists if the bucket knows of none.
local function lists_beside(list, list_type)
    if redis.call('SISMEMBER', types_of(list), mark_of(list_type)) == 0 then
        return nil
    end
    return existing_beside(list)
end

-- Returns the state and the score of a member, or nil if the member is in no list.
local function find(list, list_type, member)
    local score = redis.call('ZSCORE', list, member)
    if score then
        return 0, score
    end
    for state, other in ipairs(lists_beside(list, list_type) or {}) do
        score = redis.call('ZSCORE', other, member)
        if score then
            return state, score
        end
    end
end

local function remember(list, list_type, state)
    if state == 0 then
        redis.call('SADD', types_of(list), list_type)
    else
        local head, tail = string.match(list_type, '^([^:]+)(.*)$')
        local types = {head .. MARKS[state] .. tail, mark_of(list_type)}
        redis.call('SADD', types_of(list), unpack(types))
    end
end

-- Must be called before anything is written: the bucket remembers the type of a list that
-- will exist. The call fails if one of the keys holds another type than a list.
local function prepare(list, list_type, state)
    if redis.call('ZCARD', list_of(list, state)) == 0 then
        remember(list, list_type, state)
    end
end

-- Returns for each type whether the bucket of a list knows it: the type of the list, the
-- mark of its other states, and `more` types.
local function known_types(list, list_type, more)
    local mark = mark_of(list_type)
    return redis.call('SMISMEMBER', types_of(list), list_type, mark, unpack(more))
end

-- Adds a member to the list of a state if the member is in no list. `known` comes from
-- known_types(), and a script adds members of one state. Returns whether the member was
-- added.
local function enter(list, list_type, known, state, created, member, level)
    if state == 0 and level == '0' then
        if known[1] == 0 then
            redis.call('SADD', types_of(list), list_type)
            known[1] = 1
        end
        if known[2] == 1 then
            if redis.call('ZSCORE', list, member) then
                return false
            end
            known.beside = known.beside or existing_beside(list) or {}
            for _, other in ipairs(known.beside) do
                if redis.call('ZSCORE', other, member) then
                    return false
                end
            end
        end
        return redis.call('ZADD', list, 'NX', created, member) == 1
    end
    if find(list, list_type, member) then
        return false
    end
    prepare(list, list_type, state)
    if level ~= '0' then
        redis.call('HSET', levels_of(list), member, level)
    end
    redis.call('ZADD', list_of(list, state), created, member)
    return true
end

-- Removes a member from the lists of all states, except the state `kept`, if given.
local function leave(list, list_type, member, kept)
    if kept ~= 0 then
        redis.call('ZREM', list, member)
    end
    for state, other in ipairs(lists_beside(list, list_type) or {}) do
        if state ~= kept then
            redis.call('ZREM', other, member)
        end
    end
end

-- Makes the list of one state the only list with this member.
local function place(list, list_type, state, score, member)
    prepare(list, list_type, state)
    leave(list, list_type, member, state)
    redis.call('ZADD', list_of(list, state), score, member)
end

local function level_of(list, member)
    return redis.call('HGET', levels_of(list), member) or '0'
end

-- Returns the level of a member, as level_of(). `levelled` is a table, empty at first, that
-- remembers for each list whether it has levels: most lists have none.
local function level_among(list, member, levelled)
    if levelled[list] == nil then
        levelled[list] = redis.call('EXISTS', levels_of(list)) == 1
    end
    return levelled[list] and level_of(list, member) or '0'
end

local function set_level(list, member, level)
    if level == '0' then
        redis.call('HDEL', levels_of(list), member)
    else
        redis.call('HSET', levels_of(list), member, level)
    end
end

-- Does a member's slot differ from this state, time and level, or is the slot empty?
local function is_other(list, list_type, state, created, member, level)
    local now, score = find(list, list_type, member)
    return now ~= state or score ~= created or level_of(list, member) ~= level
end

local function drop_level(list, member, level)
    if level ~= '0' then
        redis.call('HDEL', levels_of(list), member)
    end
end

-- Returns a state with some bits set and some bits cleared.
local function changed(state, set, clear)
    return bit.bor(bit.band(state, bit.bnot(clear)), set)
end
