"""Data contracts of wordtone: what each package may say to another.

Imports nothing of ours; standard library, numpy, pyarrow and pydantic only.
"""
