-- For scripts that read lists from a place on. Lists are in the order of
-- (created, identifier, object id).

-- Compares by bytes. Lua's own < follows the language of the server.
local function is_before(a, b)
    for i = 1, math.min(#a, #b) do
        local x, y = string.byte(a, i), string.byte(b, i)
        if x ~= y then
            return x < y
        end
    end
    return #a < #b
end

-- Returns how many members of the list of `identifier`, oldest first, stand before the
-- place, and whether the next member is at the place.
local function rank_of_place(list, identifier, created, after_identifier, after_id)
    local low = redis.call('ZCOUNT', list, '-inf', '(' .. created)
    local high = low + redis.call('ZCOUNT', list, created, created)
    if identifier ~= after_identifier then
        return is_before(identifier, after_identifier) and high or low, false
    end
    local last = high
    while low < high do
        local middle = math.floor((low + high) / 2)
        if is_before(redis.call('ZRANGE', list, middle, middle)[1], after_id) then
            low = middle + 1
        else
            high = middle
        end
    end
    local here = low < last and redis.call('ZRANGE', list, low, low)[1] == after_id
    return low, here
end
