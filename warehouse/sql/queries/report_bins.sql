-- Grain: one row. Of each number, bin → tracks; bins are numbered from 0.
SELECT @{bins}
FROM track_features
