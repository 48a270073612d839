-- Grain: one row a track. The view `track_features` as a file, sorted by track so that a point query
-- reads one row group.
COPY (
    SELECT *
    FROM track_features
    ORDER BY track_id
) TO @{path} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 30720)
