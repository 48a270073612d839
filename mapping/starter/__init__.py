"""What is known of music before there is a catalogue: a small mapping built from styles.toml."""
