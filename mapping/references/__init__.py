"""Names in a prompt: found, looked up in the catalogue, and turned into measured features."""
