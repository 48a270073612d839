"""Copies of one recording: found by fingerprint, linked with evidence, never merged."""
