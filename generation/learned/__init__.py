"""Generators of our own, trained on one's own catalogue: notes (`symbolic`), and sound (`sound`).

Training needs torch; the symbolic model plays without it.
"""
