"""An example of each body that the API takes: for its description, and tried by the tests."""

from __future__ import annotations

from typing import Any

_QUESTION = {"prompt": "UK garage with trumpets, a little darker", "bpm": 130, "duration_s": 15}

EXAMPLES: dict[str, Any] = {
    "conditioning": _QUESTION | {"samples": 3, "locks": {"energy": 0.8}},
    "explain": _QUESTION,
    "guidance": _QUESTION,
    "generate": {"question": _QUESTION, "seed": 7},
    "edit": {"words": "brighter", "locks": ["tempo_bpm"], "regenerate_stems": ["drums"]},
    "query": {
        "sql": "SELECT title, tempo_bpm FROM track_features JOIN music USING (track_id) LIMIT 5"
    },
    "review": {
        "generation_id": "20261126T193604123456-0a1b2c3d",
        "rating": 0.75,
        "feature": "energy",
        "heard": "right",
    },
    "compare": {
        "winner": "20261126T193604123456-0a1b2c3d",
        "loser": "20261126T193711654321-4e5f6a7b",
        "criterion": "follows the prompt",
    },
}
"""Operation → a body. What takes a whole vector has none: POST /v1/conditioning gives one."""
