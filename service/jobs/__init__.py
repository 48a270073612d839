"""Work that takes longer than a request should: a queue on disk, processes that do it."""
