SELECT '@{group}' AS "group", extractor, @{counts} AS counts
FROM features_@{group} ANTI JOIN special USING (track_id)
GROUP BY extractor
