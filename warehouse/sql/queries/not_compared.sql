-- Grain: one row. How many fingerprints at $version have not been compared yet.
SELECT count(*) AS count
FROM (SELECT track_id FROM fingerprints WHERE version = $version) AS f
ANTI JOIN (SELECT track_id FROM compared WHERE version = $version) AS c USING (track_id)
