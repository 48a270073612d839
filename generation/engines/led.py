"""An adapter beside an engine: the vector itself among what the generator attends to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from generation.contract import Application
from generation.engines.weights import Located
from schemas.conditioning import ConditioningRequest
from schemas.parts import Applied

NOTE = "by the vector itself, through a learned adapter"


class Led:
    """A loaded adapter and the engine's model as its host.

    Raises
    ------
    InputError
        When vectors cannot condition that engine.
    ArtifactError
        When the adapter is missing, damaged, or of other weights or features.
    """

    def __init__(
        self, folder: Path, kind: str, located: Located, model: Any, tokenizer: Any = None
    ) -> None:
        from generation.adapters import artifact
        from generation.adapters.adapter import host_of

        self.host = host_of(kind, model, tokenizer)
        self.adapter = artifact.load(folder, kind, located)
        self.folder = folder

    def inputs(
        self, request: ConditioningRequest, guidance: float, prompt: str, against: str | None
    ) -> dict[str, Any]:
        """Arguments for the library in place of a prompt's.

        `against` are the words that guidance turns away from; None: no words.
        """
        from generation.adapters.vectors import flat_of

        given = self.adapter.conditioned(
            self.host,
            flat_of(request, self.adapter.names)[None],
            [prompt],
            None if against is None else [against],
        )
        return self.host.inputs(given, guidance)

    def applied(self, request: ConditioningRequest) -> dict[str, Application]:
        """What the request wants of the features that the adapter reads."""
        from generation.adapters.vectors import asked

        return {
            name: Application(Applied.NATIVE, value, NOTE)
            for name, value in asked(request, self.adapter.names).items()
        }

    def notes(self) -> list[str]:
        read = ", ".join(self.adapter.names)
        return [f"adapter {self.folder.name} reads {read}; the words stand beside it"]
