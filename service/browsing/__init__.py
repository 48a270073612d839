"""Looking through the catalogue: what HTTP and the pages of tracks have in common."""
