-- For scripts that repair.

-- Returns a score as whole microseconds, of the years that a double holds exactly.
local function rounded(score)
    local farthest = 2 ^ 53
    local number = math.floor(tonumber(score))
    return string.format('%.0f', math.max(-farthest, math.min(farthest, number)))
end

-- Returns the state and the time that a member should have by the forward side, or nil if
-- the member is in no list. A member that damage left in several lists gets all of their
-- bits, so that nothing hidden is shown, and the first of their times.
local function truth(list, member)
    local state, first
    for each = 0, 7 do
        local score = redis.call('ZSCORE', list_of(list, each), member)
        if score then
            state = bit.bor(state or 0, each)
            if not first or tonumber(score) < tonumber(first) then
                first = score
            end
        end
    end
    return state, first and rounded(first)
end
