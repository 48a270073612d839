"""The style library as a catalogue: labelled tracks, to learn from where there is no music."""
