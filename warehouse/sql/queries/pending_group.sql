SELECT c.track_id, c.uri, '@{group}' AS "group",
    CASE WHEN $extractor_@{group} IS NOT NULL THEN f.feature_versions END AS feature_versions
FROM candidates AS c
LEFT JOIN features_@{group} AS f
    ON f.track_id = c.track_id
    AND ($extractor_@{group} IS NULL OR f.extractor = $extractor_@{group})
WHERE f.track_id IS NULL OR f.group_version <> $version_@{group}
