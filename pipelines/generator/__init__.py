"""Training of generators of our own: what they learn from, and how what they became is kept."""
