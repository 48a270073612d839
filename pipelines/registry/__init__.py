"""The model registry: every trained mapping with its lineage, which is in use, and why.

ledger.py    reads and writes the tables `models` and `promotions`
gate.py      holds one mapping against another on the same tracks
promotion.py promotes, refuses, rolls back
"""
