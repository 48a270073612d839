-- Grain: uri. Inputs with an unresolved reject for one of $reasons, and what is known of the file;
-- nothing where the listing itself failed.
SELECT
    r.uri,
    any_value(f.source) AS source,
    any_value(f.track_id) AS track_id,
    any_value(f.words) AS words
FROM rejects AS r
LEFT JOIN files AS f ON f.uri = r.uri
WHERE NOT r.resolved AND r.reason IN (SELECT unnest($reasons::VARCHAR[]))
GROUP BY r.uri
ORDER BY r.uri
