--[[
  Tries commands that the gateway uses on one key, one after the other.

  KEYS[1]  the key
  ARGV[1]  the commands as JSON: of each its words, without the key, which stands behind the first

  Output: 1 all were taken; else the command that was refused and what was said to it
]]
for _, words in ipairs(cjson.decode(ARGV[1])) do
  local reply = redis.pcall(words[1], KEYS[1], unpack(words, 2))
  if type(reply) == 'table' and reply.err then
    return { words[1], reply.err }
  end
end
return 1
