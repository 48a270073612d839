"""The vocabulary: which terms there are, how else they are written, and which stand below which.

from schemas.vocabulary import active, builtin, load, using
vocabulary = load("mine.toml")            # what is built in, and a person's additions
vocabulary.find("Hip-Hop", TagKind.GENRE) # Entry(term='hip hop', …)
"""

from __future__ import annotations

from schemas.vocabulary.loading import active, builtin, load, using
from schemas.vocabulary.terms import Entry, FreeText, Vocabulary, fold

__all__ = ["Entry", "FreeText", "Vocabulary", "active", "builtin", "fold", "load", "using"]
