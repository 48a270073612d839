"""Structure: the sections of a track."""
