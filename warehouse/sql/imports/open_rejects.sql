-- Grain: uri. Rows of one file of a metadata set that were not accepted whole, not yet resolved.
SELECT uri, reason, detail, first_seen
FROM rejects
WHERE stage = 'import' AND NOT resolved AND starts_with(uri, $file || '#')
