-- Grain: one row a version in the table `vocabulary`: none, one, or several while it is replaced.
SELECT version, count(*) AS terms
FROM vocabulary
GROUP BY version
