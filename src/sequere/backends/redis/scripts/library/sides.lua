-- For scripts that read sides of edges as they are, damage included.

-- Returns the level of a member, then each state of the member with its score, or nil if
-- one of the keys holds another type than a list.
local function slot_of(list, member)
    local slot = {redis.pcall('HGET', levels_of(list), member) or '0'}
    if slot[1].err then
        return false
    end
    for state = 0, 7 do
        local score = redis.pcall('ZSCORE', list_of(list, state), member)
        if score and score.err then
            return false
        elseif score then
            slot[#slot + 1] = state
            slot[#slot + 1] = score
        end
    end
    return slot
end
