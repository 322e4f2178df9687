-- Makes a lease last on.
-- KEYS payment, lease
-- ARGV token, length of the lease in ms
-- Returns 1, or 0 if another holder has come.
if redis.call('GET', KEYS[2]) == ARGV[1] then
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
  return 1
end
-- It ended too early; as long as nobody has taken it since, it is still ours.
if redis.call('HGET', KEYS[1], 'holder') == ARGV[1] and redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return 1
end
return 0
