-- Sends the requests of a file in turn. Each line is a path and, if it needs one, a tab and a token.
-- They are made before the load begins, so that it costs little. With `strict` as the second argument
-- statuses other than 200 are counted, which costs more; else only those that `wrk` itself counts.

local requests = {}
local last = 0
local threads = {}

-- One that is not local can be read from outside of the thread.
unexpected = 0

function setup(thread)
  threads[#threads + 1] = thread
end

function init(arguments)
  if arguments[2] == "strict" then
    function response(status)
      if status ~= 200 then unexpected = unexpected + 1 end
    end
  end
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
  local unexpected = 0
  for _, thread in ipairs(threads) do unexpected = unexpected + thread:get("unexpected") end
  io.write(string.format(
    '{"requests":%d,"bytes":%d,"micros":%d,"p50":%d,"p99":%d,'
      .. '"refused":%d,"unread":%d,"unsent":%d,"failed":%d,"unexpected":%d,"late":%d}\n',
    summary.requests, summary.bytes, summary.duration,
    latency:percentile(50), latency:percentile(99),
    errors.connect, errors.read, errors.write, errors.status, unexpected, errors.timeout
  ))
end
