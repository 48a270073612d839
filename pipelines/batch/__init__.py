"""Millions of prompts to arrays on disk, in constant memory, resumable.

lines.py     prompts out of text, JSONL or CSV, a line at a time; what cannot be read has a reason
part.py      a few hundred lines to one finished file of answers, and one of rejects
outputs.py   the parts joined: Parquet, safetensors shards or JSONL
run.py       the run as a whole: parts in order, worker processes, counts that add up
"""
