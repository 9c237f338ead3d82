-- Cycles through 4,096 requests for random routes out of the first `count`, made beforehand, so
-- that the client's work is the same however many routes there are.
--   wrk -s random_paths.lua URL -- COUNT

local requests = {}
local at = 0

function init(arguments)
    local areas = tonumber(arguments[1]) / 2
    math.randomseed(4711)
    for i = 1, 4096 do
        local area = math.random(0, areas - 1)
        local path = string.format("/area%05d/list", area)
        if math.random(0, 1) == 1 then
            path = string.format("/area%05d/item/%04d", area, math.random(0, 9999))
        end
        requests[i] = wrk.format("GET", path)
    end
end

function request()
    at = at % #requests + 1
    return requests[at]
end
