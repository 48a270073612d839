"""The embedded engine: composition by rule, synthesis, true stems. No weights, GPU or network."""
