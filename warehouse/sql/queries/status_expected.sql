-- Grain: one row. Tracks that have a row in each group when nothing is pending, and tracks without
-- a present file, which make the comparison worthless.
SELECT
    count(*) - (
        SELECT count(DISTINCT track_id) FROM duplicates
        WHERE method = 'audio_hash' AND undone_at IS NULL
    ) AS measured,
    count(*) - (
        SELECT count(DISTINCT track_id) FROM files
        WHERE state = 'present' AND track_id IS NOT NULL
    ) AS absent
FROM tracks
