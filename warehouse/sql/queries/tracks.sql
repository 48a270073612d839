-- Grain: one row a track. A page of the catalogue; a filter that is null lets everything pass.
-- $text is looked for in title, artist and album; $term among the track's terms.
SELECT track_id, title, artist, album, uri, duration_s, state, origin
FROM music
WHERE
    ($text::VARCHAR IS NULL
        OR contains(lower(concat_ws(' ', title, artist, album)), lower($text)))
    AND ($artist::VARCHAR IS NULL OR lower(artist) = lower($artist))
    AND ($state::VARCHAR IS NULL OR state = $state)
    AND ($origin::VARCHAR IS NULL OR origin = $origin)
    AND ($term::VARCHAR IS NULL OR track_id IN (
        SELECT track_id FROM tags WHERE term = lower($term)
            AND ($kind::VARCHAR IS NULL OR kind = $kind)))
    AND ($kind::VARCHAR IS NULL OR $term::VARCHAR IS NOT NULL OR track_id IN (
        SELECT track_id FROM tags WHERE kind = $kind))
ORDER BY @{order}
LIMIT $limit OFFSET $offset
