"""The pages of the tracks: map, table, one track, SQL."""
