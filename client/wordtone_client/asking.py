"""From a prompt: its vector, moved, taken apart, said better; many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Unpack

from wordtone_client.batches import Asked, BatchAnswer, answers_of, sent_lines
from wordtone_client.connection import Connection
from wordtone_client.models import ConditioningVector, Explanation, Guidance, Refinement
from wordtone_client.stating import Detailed, Stating, asked


class Asking(Connection):
    """Methods of `Client` that ask the mapping."""

    def condition(self, prompt: str, **stating: Unpack[Detailed]) -> ConditioningVector:
        """The conditioning vector of a prompt. Raises InvalidRequest for what cannot be met."""
        return self._post("/v1/conditioning", ConditioningVector, asked(prompt, stating))

    def refine(
        self,
        vector: ConditioningVector | Mapping[str, Any],
        words: str,
        locks: Collection[str] = (),
    ) -> Refinement:
        """An earlier vector moved by words; what `locks` name (features, key, …) stays."""
        body = {"vector": plain(vector), "words": words, "locks": list(locks)}
        return self._post("/v1/refine", Refinement, body)

    def explain(self, prompt: str, **stating: Unpack[Stating]) -> Explanation:
        """What each phrase moved, and which tracks the answer rests on."""
        return self._post("/v1/explain", Explanation, asked(prompt, stating))

    def guidance(self, prompt: str, **stating: Unpack[Stating]) -> Guidance:
        """What a prompt leaves open, and better ones."""
        return self._post("/v1/guidance", Guidance, asked(prompt, stating))

    def batch(self, prompts: Iterable[Asked]) -> Iterator[BatchAnswer]:
        """The vectors of many prompts, in order, as they come; nothing is held.

        A prompt that cannot be answered is an answer with an `error`. The body that a service takes
        is limited (16 MiB): cut more into several calls.
        """
        parts: dict[str, Any] = {
            "content": sent_lines(prompts),
            "headers": {"Content-Type": "application/x-ndjson"},
        }
        path = "/v1/conditioning/batch"
        with self._streamed("POST", path, **parts) as response, self._reaching():
            yield from answers_of(self.address, response.iter_lines())


def plain(document: Any) -> dict[str, Any]:
    """A document, or a mapping, ready for JSON."""
    found = document if isinstance(document, Mapping) else document.plain()
    return dict(found)
