--[[
  Tries every command that the gateway uses on a hash, with a field of its own that nobody ever sees: it is deleted in the same step, and none is written
  where none may be deleted.

  KEYS[1]  the hash
  ARGV[1]  a field that nothing else uses

  Output: 1 all were taken; else the command that was refused and what was said to it
]]
local key, field = KEYS[1], ARGV[1]
local commands = {
  { 'HDEL', key, field },
  { 'HSCAN', key, '0', 'COUNT', '1' },
  { 'HSET', key, field, '1' },
  { 'HDEL', key, field },
}
for _, command in ipairs(commands) do
  local reply = redis.pcall(unpack(command))
  if type(reply) == 'table' and reply.err then
    return { command[1], reply.err }
  end
end
return 1
