-- Grain: one row a track. Ids of a page of chosen tracks, in order.
SELECT t.track_id
FROM tracks AS t
@{features}
@{conditions}
ORDER BY @{order}, t.track_id
LIMIT $limit OFFSET $offset
