-- Grain: uri. Inputs with an unresolved reject for one of $reasons, and through which source they
-- were found; null where the listing itself failed, so that no file is known.
SELECT r.uri, any_value(f.source) AS source, list(DISTINCT r.reason ORDER BY r.reason) AS reasons
FROM rejects AS r
LEFT JOIN files AS f ON f.uri = r.uri
WHERE NOT r.resolved AND r.reason IN (SELECT unnest($reasons::VARCHAR[]))
GROUP BY r.uri
ORDER BY r.uri
