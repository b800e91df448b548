-- Appends judged reports to the log: all of them, or none. The only thing that writes to it.
--
-- KEYS  meta, log, versions, then the identity of each event, the tail of each subject, the bell of each follower
-- ARGV  epoch, hash of the head, recordedtime, bell (ms), events, subjects, followers,
--       then for each subject: name, version now, version after
--       then for each event:   subject (number), envelope, data, salt, content hash, hash
--
-- Answers 'closed' (unborn or being refilled), 'stale' (an identity is known or a subject has moved on:
-- judge again), 'moved' with the head (only others' subjects grew: link again), or 'ok' with the bells it armed.
local meta, log, versions = KEYS[1], KEYS[2], KEYS[3]
local events, subjects, followers = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local identities, tails, bells = 3, 3 + events, 3 + events + subjects
local about, content = 7, 7 + 3 * subjects

local epoch, state, head, hash, recorded = unpack(redis.call('HMGET', meta, 'epoch', 'state', 'head', 'hash', 'recorded'))
if state ~= 'open' then return {'closed'} end

for _, known in ipairs(redis.call('MGET', unpack(KEYS, identities + 1, identities + events))) do
  if known then return {'stale'} end
end
local names = {}
for s = 1, subjects do names[s] = ARGV[about + 3 * s - 2] end
for s, version in ipairs(redis.call('HMGET', versions, unpack(names))) do
  if (version or '0') ~= ARGV[about + 3 * s - 1] then return {'stale'} end
end
if hash ~= ARGV[2] or epoch ~= ARGV[1] then return {'moved', epoch, head, hash, recorded} end

local position, known, new, last = tonumber(head), {}, {}, nil
for e = 1, events do
  local a = content + 6 * (e - 1)
  position, last = position + 1, ARGV[a + 6]
  redis.call('XADD', log, string.format('%d-0', position),
    'e', ARGV[a + 2], 'd', ARGV[a + 3], 's', ARGV[a + 4], 'c', ARGV[a + 5], 'h', last)
  redis.call('ZADD', KEYS[tails + tonumber(ARGV[a + 1])], position, position)
  known[2 * e - 1], known[2 * e] = KEYS[identities + e], string.format('%d %s', position, ARGV[a + 5])
end
redis.call('MSET', unpack(known))
for s = 1, subjects do new[2 * s - 1], new[2 * s] = names[s], ARGV[about + 3 * s] end
redis.call('HSET', versions, unpack(new))
redis.call('HSET', meta, 'head', position, 'hash', last, 'recorded', ARGV[3])
redis.call('HINCRBY', meta, 'received', events)

local answer = {'ok'}
for f = 1, followers do
  if redis.call('SET', KEYS[bells + f], '1', 'NX', 'PX', ARGV[4]) then answer[#answer + 1] = f end
end
return answer
