--[[
  Replaces the text of a session if it still is what the caller last knew. The JSON is compared, never decoded.

  KEYS[1]  session key
  ARGV[1]  the text that is expected
  ARGV[2]  the text to store; the remaining time to live is kept

  Output: 1 replaced; 0 there is no session (nothing is written); else the text that stands there (nothing is written)
]]
-- One command when nobody else wrote meanwhile; a text that was not expected is put back before anybody can see.
local current = redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL', 'GET')
if current == ARGV[1] then
  return 1
end
if not current then
  redis.call('DEL', KEYS[1])
  return 0
end
redis.call('SET', KEYS[1], current, 'KEEPTTL')
return current
