"""Metadata sets into the warehouse: rows known, whose they are, and what is written."""
