-- Grain: one row a link between two tracks that hold the same recording, of which one is in
-- $track_ids. An excerpt of another track is no repeat of it.
SELECT track_id, canonical_id
FROM duplicates
WHERE
    undone_at IS NULL
    AND NOT starts_with(method, 'excerpt')
    AND (list_contains($track_ids::VARCHAR[], track_id)
        OR list_contains($track_ids::VARCHAR[], canonical_id))
