-- Grain: one row. Of each number in a track's values: how many, smallest, quantiles, largest.
SELECT @{summaries}
FROM track_features
