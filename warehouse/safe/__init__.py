"""SQL of strangers: what is allowed, and the process that runs it. See `warehouse.sandbox`."""
