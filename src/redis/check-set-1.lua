--[[
  Tries every command that the gateway uses on a set, with a member of its own that is gone in the same step, and is never added where none may be removed.

  KEYS[1]  the set
  ARGV[1]  a member that nothing else uses

  Output: 1 all were taken; else the command that was refused and what was said to it
]]
local key, member = KEYS[1], ARGV[1]
local commands = {
  { 'SREM', key, member },
  { 'SMEMBERS', key },
  { 'SADD', key, member },
  { 'SREM', key, member },
}
for _, command in ipairs(commands) do
  local reply = redis.pcall(unpack(command))
  if type(reply) == 'table' and reply.err then
    return { command[1], reply.err }
  end
end
return 1
