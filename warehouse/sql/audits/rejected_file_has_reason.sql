-- files: a rejected file has an unresolved reject.
SELECT f.uri
FROM files AS f
ANTI JOIN (SELECT uri FROM rejects WHERE NOT resolved) AS r ON r.uri = f.uri
WHERE f.state = 'rejected'
