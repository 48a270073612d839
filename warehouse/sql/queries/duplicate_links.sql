-- Grain: track_id, canonical_id, method. Links with what is known of both tracks; with
-- $include_undone also those that a person has undone.
SELECT
    d.track_id,
    d.canonical_id,
    d.method,
    d.score,
    d.evidence,
    d.offset_s,
    d.overlap_s,
    d.matched_share,
    d.bit_error_rate,
    d.undone_at,
    a.title,
    b.title AS canonical_title,
    a.duration_s,
    b.duration_s AS canonical_duration_s,
    a.uri,
    b.uri AS canonical_uri
FROM duplicates AS d
LEFT JOIN music AS a ON a.track_id = d.track_id
LEFT JOIN music AS b ON b.track_id = d.canonical_id
WHERE $include_undone OR d.undone_at IS NULL
ORDER BY canonical_uri NULLS LAST, d.canonical_id, a.uri NULLS LAST, d.track_id, d.method
