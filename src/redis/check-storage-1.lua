--[[
  Tries every command that the gateway's scripts and calls use on a string, on a key of its own that nobody ever sees: it is deleted in
  the same step, or, if that is refused, goes with its time to live.

  KEYS[1]  a key that nothing else uses
  ARGV[1]  its time to live, in milliseconds

  Output: 1 all were taken; else the command that was refused and what was said to it
]]
local key, ttl = KEYS[1], ARGV[1]
local commands = {
  { 'SET', key, '1', 'PX', ttl },
  { 'SET', key, '2', 'KEEPTTL' },
  { 'GET', key },
  { 'EXISTS', key },
  { 'PEXPIRE', key, ttl },
  { 'EXPIRE', key, '10' },
  { 'DEL', key },
}
for _, command in ipairs(commands) do
  local reply = redis.pcall(unpack(command))
  if type(reply) == 'table' and reply.err then
    return { command[1], reply.err }
  end
end
return 1
