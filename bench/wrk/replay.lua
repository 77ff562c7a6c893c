-- Replays prepared requests and prints one line of JSON at the end (parsed by bench/wrk.ts).
--
-- Environment: BENCH_METHOD; BENCH_BODIES, a file with one body per line, taken in turn;
-- BENCH_HEADER and BENCH_HEADER_VALUES, a header field that has another value in each request, one per line;
-- BENCH_EXPECT, a plain text every answer's body must hold (unset: only the status counts);
-- BENCH_ONCE=1 stops when every body was used once, less the requests that may still be in flight
-- (BENCH_CONNECTIONS), for requests that answer differently the second time.
local ffi = require('ffi')
ffi.cdef('typedef struct { long seconds; long nanoseconds; } timespec; int clock_gettime(int, timespec *);')

local function monotonic_seconds()
  local now = ffi.new('timespec')
  ffi.C.clock_gettime(1, now)
  return tonumber(now.seconds) + tonumber(now.nanoseconds) / 1e9
end

local expect = os.getenv('BENCH_EXPECT')
local once = os.getenv('BENCH_ONCE') == '1'
local requests, turn, enough = {}, 0, nil

-- Globals: done() runs in another Lua state and reads them through thread:get().
started, stopped, answered, matched = 0, 0, 0, 0

local threads = {}
function setup(thread)
  table.insert(threads, thread)
end

function init()
  wrk.method = os.getenv('BENCH_METHOD')
  local field, values = os.getenv('BENCH_HEADER'), nil
  if field then values = io.lines(os.getenv('BENCH_HEADER_VALUES')) end
  for body in io.lines(os.getenv('BENCH_BODIES')) do
    local headers = nil
    if field then
      headers = { [field] = values() }
      for name, value in pairs(wrk.headers) do headers[name] = value end
    end
    table.insert(requests, wrk.format(nil, nil, headers, body ~= '' and body or nil))
  end
  enough = #requests - tonumber(os.getenv('BENCH_CONNECTIONS'))
end

function request()
  if turn == 0 and started == 0 then started = monotonic_seconds() end
  turn = turn % #requests + 1
  return requests[turn]
end

-- Defined only when needed: wrk keeps headers and bodies of every answer as soon as this exists.
if expect or once then
  function response(_, _, body)
    answered = answered + 1
    if not expect or string.find(body, expect, 1, true) then matched = matched + 1 end
    if once and stopped == 0 and answered >= enough then
      stopped = monotonic_seconds()
      wrk.thread:stop()
    end
  end
end

function done(summary, latency)
  local active, seen, held = summary.duration / 1e6, 0, 0
  for _, thread in ipairs(threads) do
    if thread:get('stopped') > 0 then active = thread:get('stopped') - thread:get('started') end
    seen = seen + thread:get('answered')
    held = held + thread:get('matched')
  end
  local errors = summary.errors
  print(string.format(
    '{"requests":%d,"seconds":%.6f,"p50Ms":%.4f,"p99Ms":%.4f,"maxMs":%.4f,'
      .. '"socketErrors":%d,"statusErrors":%d,"timeouts":%d,"bodiesSeen":%d,"bodiesMatched":%d}',
    summary.requests, active,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    errors.connect + errors.read + errors.write, errors.status, errors.timeout, seen, held
  ))
end
