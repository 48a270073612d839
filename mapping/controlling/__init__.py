"""Ask a mapping again: move an earlier answer by words, take it apart, say it better."""
