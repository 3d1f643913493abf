-- For scripts of a mirror. The mark of a mirror names the generation of its edges, the
-- server that holds them, and the stage. A server that was restarted has another run_id,
-- so the mark that an old dump brings back does not stand.

local function run_id()
    return string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
end

-- Returns whether the mark of this generation and server stands in one of the stages.
local function stands(mark, generation, server, stages)
    local found = redis.call('HMGET', mark, 'generation', 'server', 'stage')
    return found[1] == generation and found[2] == server and server == run_id()
        and string.find(stages, found[3], 1, true) ~= nil
end
