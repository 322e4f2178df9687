-- Saves a payment and the deliveries that were recorded with it, and gives the
-- lease back; or does nothing, if another holder has come. It may be repeated:
-- it knows its own work by the token.
-- KEYS payment, lease, pending, settled, journal, clock, then the list of each delivery's order
-- ARGV token, version, fence, payment, check, settled, order, age, len, then received, row and body of each delivery
-- Returns 1, or 0 if nothing was saved.
local known = redis.call('HMGET', KEYS[1], 'version', 'fence', 'holder', 'saver', 'check', 'settled')
local version = string.format('%.0f', ARGV[2] + 1)
if known[1] == version and known[4] == ARGV[1] then
  redis.call('HSET', KEYS[1], 'saver', ARGV[1]) -- a write, for WAITAOF to wait for
  return 1
end
if known[1] ~= ARGV[2] or known[2] ~= ARGV[3] or known[3] ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', version, 'saver', ARGV[1], 'check', ARGV[5], 'settled', ARGV[6], 'payment', ARGV[4])
if known[5] ~= ARGV[5] then schedule(KEYS[3], ARGV[7], ARGV[5]) end
if known[6] ~= ARGV[6] then schedule(KEYS[4], ARGV[7], ARGV[6]) end
for i = 7, #KEYS do
  local at = 10 + 3 * (i - 7)
  record(KEYS[5], KEYS[6], KEYS[i], ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[8], ARGV[9])
end
redis.call('DEL', KEYS[2]) -- it is ours: whoever takes it becomes the holder
return 1
