-- Grain: metric, source, reference. How imported values were brought to the measured scale.
SELECT
    metric,
    source,
    reference,
    method,
    tracks,
    spearman,
    error_before,
    error_after,
    reason
FROM calibrations
ORDER BY metric, source, reference
