-- Grain: one row a track that has a word of $query, at most $count, the best first; unless
-- $anywhere, only of those in `among`.
-- BM25 with weighted counts: Σ idf · tf (k + 1) / (tf + k (1 − b + b · length / mean length)).
WITH asked AS (
    SELECT DISTINCT stem(word, 'porter') AS term
    FROM (SELECT unnest(words_of($query)) AS word)
),
wanted AS (
    SELECT t.id, t.term, ln((n.tracks - t.tracks + 0.5) / (t.tracks + 0.5) + 1) AS idf,
        n.mean_length
    FROM terms AS t, totals AS n
    WHERE t.term IN (SELECT term FROM asked)
),
allowed AS (
    SELECT doc FROM tracks WHERE track_id IN (SELECT track_id FROM among)
),
scored AS (
    SELECT
        p.doc,
        sum(w.idf * p.tf * ($k + 1) / (p.tf + $k * (1 - $b + $b * p.length / w.mean_length)))
            AS score,
        list(w.term ORDER BY w.term) AS words
    FROM postings AS p
    JOIN wanted AS w ON w.id = p.id
    WHERE p.id IN (SELECT id FROM wanted) AND ($anywhere OR p.doc IN (SELECT doc FROM allowed))
    GROUP BY p.doc
    ORDER BY score DESC, p.doc
    LIMIT $count
)
SELECT t.track_id, s.score, s.words, len(s.words) = (SELECT count(*) FROM asked) AS whole
FROM scored AS s
JOIN tracks AS t ON t.doc = s.doc
ORDER BY s.score DESC, t.track_id
