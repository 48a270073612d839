-- rejects: an input was first seen no later than last.
SELECT uri, stage, first_seen, last_seen
FROM rejects
WHERE first_seen > last_seen
