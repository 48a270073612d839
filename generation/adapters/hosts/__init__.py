"""Frozen generators that tokens of a vector are put into: one module each."""
