-- For the steps of a block in a cluster: the block cuts the edges of its bucket, each with
-- an intent and a version of its own.

-- Cuts the edges to `member` from the lists of each relation, beside a forward list of any
-- relation. Returns the next version, and for each edge, in a flat list: number of the
-- relation, version, created, state, level.
local function cut_all(list, list_type, relations, member, intents, version)
    local found = {}
    for number, relation in ipairs(relations) do
        local forward, forward_type = list_in(list, relation), type_in(list_type, relation)
        local state, created = find(forward, forward_type, member)
        if state then
            local level = level_of(forward, member)
            redis.call('HSET', intents, name_of(forward, member), integer(version))
            redis.call('ZREM', list_of(forward, state), member)
            drop_level(forward, member, level)
            for _, value in ipairs({number, integer(version), created, state, level}) do
                found[#found + 1] = value
            end
            version = version + 1
        end
    end
    return version, found
end
