"""The page to listen and judge."""
