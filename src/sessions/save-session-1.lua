--[[
  Stores the text of a live session if what stands there is what its call last knew. The JSON is compared, never decoded.

  KEYS[1]  session key
  ARGV[1]  the text that is expected; empty: no session
  ARGV[2]  the text to store
  ARGV[3]  its time to live, in milliseconds

  Output: 1 stored; 0 there is no session, and one was expected (nothing is written); else the text that stands there
  (nothing is written)
]]
local current = redis.call('GET', KEYS[1])
if (current or '') ~= ARGV[1] then
  return current or 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
