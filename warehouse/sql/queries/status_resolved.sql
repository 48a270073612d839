-- Grain: one row. Of each feature, source → tracks, for the tracks that `status_measured` leaves
-- out. This is the view `track_features` with its tables cut down to them: a filter upon the view
-- would come too late to save the joins of a whole catalogue.
WITH special AS MATERIALIZED (
    SELECT track_id FROM overrides
    UNION
    SELECT track_id FROM metrics
    UNION
    SELECT track_id FROM duplicates WHERE method = 'audio_hash'
),
twins AS MATERIALIZED (
    SELECT track_id FROM special
    UNION
    SELECT canonical_id FROM duplicates WHERE method = 'audio_hash'
),
tracks AS (SELECT * FROM main.tracks SEMI JOIN special USING (track_id)),
@{tables}
SELECT @{sources}
FROM (
    @{view}
)
