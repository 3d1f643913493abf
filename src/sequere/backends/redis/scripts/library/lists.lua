-- For scripts that read the lists of one resource in one direction.

-- Returns the identifiers of a resource's lists: the given ones, or all of its bucket.
local function identifiers_of(types, base, given)
    if #given > 0 then
        return given
    end
    local found = {}
    for _, list_type in ipairs(redis.call('SMEMBERS', types)) do
        if string.sub(list_type, 1, #base) == base then
            found[#found + 1] = string.sub(list_type, #base + 1)
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
