-- Grain: one row a feature group that was measured on $track_id: why its null features are null.
@{groups}
