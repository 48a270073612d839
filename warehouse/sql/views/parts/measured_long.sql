SELECT track_id, source, metric, value
FROM (
    SELECT track_id, extractor AS source, @{columns}
    FROM measured_@{group}
) UNPIVOT (value FOR metric IN (@{names}))
