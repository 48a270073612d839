-- Grain: track_id, canonical_id. Pairs of which a person has said that they are not one.
SELECT DISTINCT track_id, canonical_id
FROM duplicates
WHERE undone_at IS NOT NULL
