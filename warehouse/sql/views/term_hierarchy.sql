-- Grain: one row a term, kind and ancestor, the term itself among them. Joined to `text_metadata` it
-- finds the tracks that are tagged with a term or with anything below it.
SELECT term, kind, unnest(ancestors) AS ancestor, version
FROM vocabulary
