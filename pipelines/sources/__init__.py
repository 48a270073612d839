"""Where inputs come from, and what words say about them: folders, tags, sidecars, packages."""
