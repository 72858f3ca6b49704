-- Sends the requests of a file in turn. Each line is a path and, if it needs one, a tab and a token.
-- They are made before the load begins, so that it costs little.

local requests = {}
local last = 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    local path, token = line:match("^([^\t]+)\t?(.*)$")
    local headers = {}
    if token ~= "" then headers["Authorization"] = "Bearer " .. token end
    requests[#requests + 1] = wrk.format("GET", path, headers)
  end
end

function request()
  last = last % #requests + 1
  return requests[last]
end

-- One line of JSON, which the bench reads.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"micros":%d,"p50":%d,"p99":%d,'
      .. '"refused":%d,"unread":%d,"unsent":%d,"failed":%d,"late":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect, errors.read, errors.write, errors.status, errors.timeout
  ))
end
