-- For scripts that keep a block and edges of barred relations apart. Lists of one resource
-- differ by relation and sign, and are in one bucket.

-- Returns the list of the same resource and identifier in another relation.
local function list_in(list, relation)
    local root, tail = string.match(list, '^(.-}:)[^:]+(.*)$')
    return root .. relation .. tail
end

-- Returns the list of the same resource in the other direction, or the type of such lists.
local function turned(name)
    local head, sign, other = string.match(name, '^(.*)([<>])([^<>]+)$')
    return head .. (sign == '>' and '<' or '>') .. other
end

-- Returns the type of the lists of another relation.
local function type_in(list_type, relation)
    return relation .. string.match(list_type, ':.*$')
end

-- Is there a block between a resource and a member of its list, in either direction?
-- `known` comes from known_types() with the types of the lists of its own blocks, and of
-- others' blocks.
local function is_barred(list, known, member)
    local is_own, is_others = known[3] == 1, known[4] == 1
    if not is_own and not is_others then
        return false
    end
    local blocks = list_in(list, 'block')
    return is_own and redis.call('ZSCORE', blocks, member)
        or is_others and redis.call('ZSCORE', turned(blocks), member)
        or false
end
