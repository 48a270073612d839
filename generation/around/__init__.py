"""What is done around any engine: wording, candidates, measuring, judging, correcting, saving."""
