-- Grain: one row a link between two tracks that hold the same recording, of which one is in
-- $track_ids. An excerpt of another track is no repeat of it.
SELECT track_id, canonical_id
FROM duplicates
WHERE
    undone_at IS NULL
    AND NOT starts_with(method, 'excerpt')
    AND (track_id IN (SELECT unnest($track_ids::VARCHAR[]))
        OR canonical_id IN (SELECT unnest($track_ids::VARCHAR[])))
