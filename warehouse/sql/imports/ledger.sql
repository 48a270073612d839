-- Grain: key. Rows of one part of a metadata set, as last read.
SELECT key, uri, digest, outcome, track_id
FROM imports
WHERE source = $source
