-- What several scripts share; it stands before each of them.

-- schedule puts an order into an index under a score, or takes it out if there
-- is none.
local function schedule(index, order, score)
  if score == '' then
    redis.call('ZREM', index, order)
  else
    redis.call('ZADD', index, score, order)
  end
end

-- append adds a row to the journal, with a bound on its length if there is one.
local function append(journal, row, body, len)
  if len == '' then return redis.call('XADD', journal, '*', 'delivery', row, 'body', body) end
  return redis.call('XADD', journal, 'MAXLEN', '~', len, '*', 'delivery', row, 'body', body)
end

-- list adds a row to those of its order, which end with the youngest of them.
local function list(key, id, age)
  local n = redis.call('RPUSH', key, id)
  if age ~= '' then
    redis.call('PEXPIRE', key, age)
  elseif n > 1 then -- it may be from a time that knew an age
    redis.call('PERSIST', key)
  end
end

-- note remembers how far the application's clock was ever ahead of the
-- server's, or behind, beyond the minute that is allowed for. So a range of
-- the one is known to be in a range of the other.
local function note(clock, field, ms)
  if ms > 60000 and ms > tonumber(redis.call('HGET', clock, field) or 0) then
    redis.call('HSET', clock, field, ms)
  end
end

-- record adds a delivery to the journal, and to the list of its order; for one
-- that names no order, its list is the journal's own key. received, in
-- microseconds, is of the application's clock, the id of the server's.
local function record(journal, clock, key, received, row, body, age, len)
  local id = append(journal, row, body, len)
  local ms = tonumber(string.match(id, '^%d+'))
  note(clock, 'early', math.ceil(received / 1000 - ms))
  note(clock, 'late', math.ceil(ms - received / 1000))
  if age ~= '' then redis.call('XTRIM', journal, 'MINID', '~', math.max(0, ms - age)) end
  if key ~= journal then list(key, id, age) end
end

