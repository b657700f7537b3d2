-- SPDX-License-Identifier: Apache-2.0
-- For wrk: when was the last request begun whose answer named each server?
--
-- A request carries in its path the instant at which it is begun (CLOCK_MONOTONIC,
-- nanoseconds), which the router passes on in Location: no book-keeping of who asked what.
local ffi = require("ffi")
ffi.cdef [[
struct timespec { long tv_sec; long tv_nsec; };
int clock_gettime(int clock, struct timespec *now);
]]
local monotonic = 1
local clock = ffi.new("struct timespec")

local threads = {}
function setup(thread)
  table.insert(threads, thread)
end

-- Globals, so that done() can read them from the thread's own interpreter.
function init()
  last_begun = {}
  others = 0
  summary = ""
end

function request()
  ffi.C.clock_gettime(monotonic, clock)
  local path = string.format("/%d.%09d", tonumber(clock.tv_sec), tonumber(clock.tv_nsec))
  return wrk.format("GET", path)
end

function response(status, headers)
  local host, seconds, nanoseconds = string.match(headers["Location"] or "", "^http://([^:/]+):%d+/(%d+)%.(%d+)$")
  if status ~= 307 or host == nil then
    others = others + 1
    return
  end
  local begun = seconds .. nanoseconds
  -- Of the same length until the host has been up for long enough to add a digit.
  if last_begun[host] == nil or begun > last_begun[host] then
    last_begun[host] = begun
  end
end

function done(result)
  local thread = threads[1]
  for host, begun in pairs(thread:get("last_begun")) do
    print("last_begun " .. host .. " " .. begun)
  end
  print("others " .. thread:get("others"))
end
