-- Takes the lease of a payment and reads it. It may be repeated.
-- KEYS payment, lease
-- ARGV token, length of the lease in ms
-- Returns version, payment and fence; or 0 if the payment is unknown, 1 if
-- another holds the lease.
local stored = redis.call('HMGET', KEYS[1], 'version', 'payment', 'fence')
if not stored[1] and not stored[2] then return 0 end
local taken = redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2])
if not taken and redis.call('GET', KEYS[2]) ~= ARGV[1] then return 1 end
local fence = string.format('%.0f', (stored[3] or 0) + 1)
redis.call('HSET', KEYS[1], 'fence', fence, 'holder', ARGV[1])
return {stored[1], stored[2], fence}
