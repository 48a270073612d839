"""What each generator takes: its manifest, and a request turned into the call it understands."""
