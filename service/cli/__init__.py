"""The `wordtone` command line."""
