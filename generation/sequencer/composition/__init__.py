"""Composition by rule: a plan becomes a score."""
