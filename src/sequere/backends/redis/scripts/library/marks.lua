-- For scripts of a mirror. A mark names the generation of the edges beside it, the server
-- that holds them, and the stage. A server that was restarted has another run_id, so the
-- mark that an old dump brings back does not stand, nor a mark that a replica has got.

local function run_id()
    return string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
end

-- Returns whether the mark of this generation stands in one of the stages.
local function stands(mark, generation, stages)
    local found = redis.call('HMGET', mark, 'generation', 'server', 'stage')
    return found[1] == generation and found[2] == run_id()
        and string.find(stages, found[3], 1, true) ~= nil
end
