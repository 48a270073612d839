-- Grain: track_id. The fingerprints of $tracks at $version.
SELECT track_id, codes::UINTEGER[] AS codes
FROM fingerprints
WHERE version = $version AND track_id IN (SELECT unnest($tracks::VARCHAR[]))
