--[[
  Stores the text of a live session if what stands there is what its call last knew. The JSON is compared, never decoded.

  KEYS[1]  session key
  KEYS[2]  mark that the call is over, see end-session-1.lua
  ARGV[1]  the text that is expected; empty: no session
  ARGV[2]  the text to store
  ARGV[3]  its time to live, in milliseconds

  Output: 1 stored; 0 there is no session, and one was expected (nothing is written); -1 there is none, and the call is over
  (nothing is written); else the text that stands there (nothing is written). When Redis refuses the text, being full, that
  error, and what stands there lives on all the same.
]]
local current = redis.call('GET', KEYS[1])
if not current and redis.call('EXISTS', KEYS[2]) == 1 then
  return -1
end
if (current or '') ~= ARGV[1] then
  return current or 0
end
local reply = redis.pcall('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
if reply.err then
  redis.pcall('PEXPIRE', KEYS[1], ARGV[3])
  return reply
end
return 1
