--[[
  Replaces the text of a session if it still is what the caller last knew. The JSON is compared, never decoded.

  KEYS[1]  session key
  ARGV[1]  the text that is expected
  ARGV[2]  the text to store; the remaining time to live is kept

  Output: 1 replaced; 0 there is no session (nothing is written); else the text that stands there (nothing is written)
]]
local current = redis.call('GET', KEYS[1])
if not current then
  return 0
end
if current ~= ARGV[1] then
  return current
end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
