"""The page that takes a prompt and plays a piece."""
