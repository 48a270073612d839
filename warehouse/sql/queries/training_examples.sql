-- Grain: one row a track. What the mapping is trained on. `recordings` group tracks as artist and
-- album do: an excerpt and the track it is of have one in common.
WITH linked AS (
    SELECT track_id, list(DISTINCT canonical_id ORDER BY canonical_id) AS recordings
    FROM (
        SELECT track_id, canonical_id FROM duplicates WHERE undone_at IS NULL
        UNION ALL
        SELECT canonical_id AS track_id, canonical_id FROM duplicates WHERE undone_at IS NULL
    )
    GROUP BY track_id
)
SELECT e.*, coalesce(l.recordings, []) AS recordings
FROM training_examples AS e
LEFT JOIN linked AS l ON l.track_id = e.track_id
-- Not by track_id alone: ids are drawn at random, and the same music should train the same mapping.
ORDER BY e.uri NULLS LAST, e.track_id
