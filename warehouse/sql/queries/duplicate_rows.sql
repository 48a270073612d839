-- Grain: track_id, canonical_id, method. Every link, undone or not.
SELECT
    track_id, canonical_id, method, evidence, score, undone_at, offset_s, overlap_s, matched_share,
    bit_error_rate
FROM duplicates
ORDER BY track_id, canonical_id, method
