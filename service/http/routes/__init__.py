"""Routes by subject; each module puts its own on the application."""
