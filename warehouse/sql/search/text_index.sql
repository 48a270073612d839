-- Inverted index of `documents`: `tracks` (doc → track_id), `terms` (term, with the number of tracks
-- that have it), `postings` (term, doc: weighted count, and the document's length), `totals`.
CREATE TABLE tracks AS
SELECT row_number() OVER (ORDER BY track_id) - 1 AS doc, *
FROM documents;

CREATE TABLE counted AS
SELECT doc, stem(word, 'porter') AS term, sum(factor) AS tf
FROM (
    SELECT d.doc, unnest(words_of(d.content)) AS word, w.factor
    FROM (UNPIVOT tracks ON title, artist, album, terms, description INTO NAME field VALUE content)
        AS d
    JOIN fields AS w ON w.field = d.field
)
GROUP BY doc, term;

CREATE TABLE lengths AS
SELECT doc, sum(tf) AS length FROM counted GROUP BY doc;

CREATE TABLE terms AS
SELECT row_number() OVER (ORDER BY term) - 1 AS id, term, count(*) AS tracks
FROM counted GROUP BY term ORDER BY term;

CREATE TABLE postings AS
SELECT t.id::INTEGER AS id, c.doc::INTEGER AS doc, c.tf::FLOAT AS tf, l.length::FLOAT AS length
FROM counted AS c
JOIN terms AS t ON t.term = c.term
JOIN lengths AS l ON l.doc = c.doc
ORDER BY t.id, c.doc;

CREATE TABLE totals AS
SELECT (SELECT count(*) FROM tracks) AS tracks, (SELECT avg(length) FROM lengths) AS mean_length;

DROP TABLE counted;
DROP TABLE lengths;
CREATE OR REPLACE TABLE tracks AS SELECT doc, track_id FROM tracks ORDER BY doc;
