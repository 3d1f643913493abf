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

-- Is there a block between a resource and a member of its list, in either direction?
local function is_barred(list, list_type, member)
    local own = 'block' .. string.match(list_type, ':.*$')
    local others = turned(own)
    local known = redis.call('SMISMEMBER', types_of(list), own, others)
    local blocks = list_in(list, 'block')
    return known[1] == 1 and redis.call('ZSCORE', blocks, member)
        or known[2] == 1 and redis.call('ZSCORE', turned(blocks), member)
        or false
end

-- Returns the type of the lists of another relation.
local function type_in(list_type, relation)
    return relation .. string.match(list_type, ':.*$')
end
