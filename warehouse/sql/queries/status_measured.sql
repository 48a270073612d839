-- Grain: group, extractor. On how many tracks each feature of a group was measured, leaving out the
-- tracks that an import, a correction or a twin speaks for, too: the view has the rules for those.
WITH special AS MATERIALIZED (
    SELECT track_id FROM overrides
    UNION
    SELECT track_id FROM metrics
    UNION
    SELECT track_id FROM duplicates WHERE method = 'audio_hash'
)
@{groups}
