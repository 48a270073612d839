"""What a prompt says: statements, levels and leanings, read by rules."""
