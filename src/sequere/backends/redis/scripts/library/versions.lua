-- For scripts of a cluster. Each script gets a key that never exists: while a slot moves to
-- another server, the servers refuse such scripts as a whole, and so no script fails
-- half-way at a list that has moved already.

-- Returns the name that intents and fences have for an edge: an active list and its
-- member. A member is any text, so the text's length in bytes goes before it.
local function name_of(list, member)
    return #member .. ':' .. member .. string.match(list, '}(:.*)')
end

local function integer(number)
    return string.format('%.0f', number)
end
