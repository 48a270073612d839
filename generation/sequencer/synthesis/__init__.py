"""Synthesis: a score becomes stems that sum to the mix."""
