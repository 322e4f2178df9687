-- Saves a payment that is not known yet. It may be repeated: it knows its own
-- work by the token.
-- KEYS payment, pending, settled
-- ARGV token, payment, check, settled, order
-- Returns 1, or 0 if the payment is known.
local known = redis.call('HMGET', KEYS[1], 'version', 'saver')
if known[1] == '1' and known[2] == ARGV[1] then
  redis.call('HSET', KEYS[1], 'saver', ARGV[1]) -- a write, for WAITAOF to wait for
  return 1
end
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'version', 1, 'fence', 0, 'saver', ARGV[1], 'check', ARGV[3], 'settled', ARGV[4], 'payment', ARGV[2])
if ARGV[3] ~= '' then schedule(KEYS[2], ARGV[5], ARGV[3]) end
if ARGV[4] ~= '' then schedule(KEYS[3], ARGV[5], ARGV[4]) end
return 1
