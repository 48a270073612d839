"""Ingestion and analysis: sources, audio, features, flows."""
