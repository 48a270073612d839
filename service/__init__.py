"""The edge for people and programs: command line, HTTP."""
