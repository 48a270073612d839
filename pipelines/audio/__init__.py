"""From bytes to samples: recognise, probe, hash, decode and contain."""
