-- For scripts that remove edges whose end is over. The end of an edge is the time of an
-- edge between the same resources in another relation, and so in the same bucket.

-- Is the end of the edge to `member`, in the relation `ends`, over at a moment? Without
-- `ends`, the end does not matter.
local function is_over(list, list_type, member, ends, moment)
    if ends == '' then
        return true
    end
    local _, over = find(list_in(list, ends), type_in(list_type, ends), member)
    return over and tonumber(over) <= tonumber(moment)
end
