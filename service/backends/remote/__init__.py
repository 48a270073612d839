"""A service somewhere else answers; `backend.connected` is the way in."""
