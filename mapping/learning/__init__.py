"""What training does: examples to a fitted mapping, and the figures that judge it."""
