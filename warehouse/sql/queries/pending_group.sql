SELECT c.track_id, c.uri, '@{group}' AS "group"
FROM candidates AS c
ANTI JOIN features_@{group} AS f
    ON f.track_id = c.track_id
    AND f.group_version = $version_@{group}
    AND ($extractor_@{group} IS NULL OR f.extractor = $extractor_@{group})
