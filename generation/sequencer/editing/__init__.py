"""Edits: an earlier result changed in part, varied, continued, blended with another."""
