--[[
  Deletes the session of a call that is over and leaves a mark, so that a gateway which slept through the end cannot store it again.

  KEYS[1]  session key
  KEYS[2]  mark
  ARGV[1]  how long the mark stands, in milliseconds

  Output: 1 there was a session; 0 there was none. Redis lets a script that has written go on when it is full: the mark stands then too.
]]
local removed = redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], '1', 'PX', ARGV[1])
return removed
