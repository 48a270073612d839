"""Metadata sets: values and words of other catalogues, one module a set."""
