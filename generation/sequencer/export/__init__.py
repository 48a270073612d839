"""A piece as others read it: MIDI files, and bundles for digital audio workstations."""
