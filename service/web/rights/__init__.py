"""The page of licences, and why a track is kept out."""
