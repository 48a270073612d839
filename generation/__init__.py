"""The only home of audio generation."""
