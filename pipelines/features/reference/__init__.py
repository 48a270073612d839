"""The reference extractor, written straight on librosa."""
