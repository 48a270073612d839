-- Grain: track_id, feature, position, source. Numbers of metadata sets that count as a feature.
-- Of several calibrations of one metric the one with most tracks holds. Between two knots runs a
-- straight line; beyond the outermost the calibration is flat. `rank` sorts calibrated values
-- before others, then by source, and ends with the source to show.
usable AS NOT MATERIALIZED (
    SELECT metric, source, source_metric, concat(source, '→', reference) AS label, x, y
    FROM calibrations
    WHERE reason IS NULL
    QUALIFY row_number() OVER (
        PARTITION BY source, source_metric ORDER BY tracks DESC, reference
    ) = 1
),
imported_values AS NOT MATERIALIZED (
    SELECT m.track_id, c.feature, c.position, c.size, concat('1', m.source) AS rank, m.value
    FROM metrics AS m
    JOIN components AS c
        ON c.metric = m.metric AND c.unit = m.unit AND m.value BETWEEN c.minimum AND c.maximum
    ANTI JOIN usable AS u ON u.source = m.source AND u.source_metric = m.metric
    UNION ALL
    SELECT
        track_id,
        feature,
        position,
        size,
        rank,
        y[below] + (y[below + 1] - y[below])
            * least(1, greatest(0, (value - x[below]) / (x[below + 1] - x[below]))) AS value
    FROM (
        SELECT
            m.track_id,
            u.metric AS feature,
            0 AS position,
            1 AS size,
            concat('0', u.label) AS rank,
            m.value,
            u.x,
            u.y,
            greatest(1, least(len(u.x) - 1, len(list_filter(u.x, lambda knot: knot <= m.value))))
                AS below
        FROM metrics AS m
        JOIN usable AS u ON u.source = m.source AND u.source_metric = m.metric
    )
)
