SELECT count(*) FILTER (group_version = $version_@{group}) AS current FROM features_@{group}
