"""Derived indexes beside the lake: full text, words as vectors, features as vectors."""
