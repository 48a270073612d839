-- Grain: term, kind, source. What words say of one track.
SELECT term, kind, source, weight, raw
FROM text_metadata
WHERE track_id = $track_id
ORDER BY kind, weight DESC, term, source
