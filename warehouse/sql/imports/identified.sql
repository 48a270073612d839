-- Grain: scheme, value. The tracks that the identifiers in `asked` mean, as far as they are known.
SELECT i.scheme, i.value, i.track_id
FROM identifiers AS i
JOIN asked AS a ON a.scheme = i.scheme AND a.value = i.value
