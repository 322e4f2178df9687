-- Keeps a delivery that belongs to no change.
-- KEYS journal, clock, list of the delivery's order
-- ARGV age, len, received, row, body
-- Returns 1.
record(KEYS[1], KEYS[2], KEYS[3], ARGV[3], ARGV[4], ARGV[5], ARGV[1], ARGV[2])
return 1
