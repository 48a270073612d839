"""A mapping somewhere else, for batches: each prompt is a request."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from schemas.errors import PromptError, RemoteError
from schemas.settings import Settings
from service.backends.remote.answers import as_contract, client_of, stated, translated
from wordtone_client import InvalidRequest

if TYPE_CHECKING:
    from mapping.reading.wishes import Options
    from schemas.answers import ConditioningVector, ModelInfo


class RemoteMapping:
    """What a batch needs of a `mapping.model.Mapping`, answered by a service.

    All vectors of a batch are of one mapping: when the service puts another in use meanwhile, the
    batch stops.
    """

    def __init__(self, settings: Settings) -> None:
        self._client = client_of(settings)
        self.references = self._client.address

    def condition(self, prompt: str, options: Options) -> ConditioningVector:
        """See `Mapping.condition`. Raises PromptError, or RemoteError when the service is gone."""
        found = self._answer(prompt, options)
        if found.model.model_id != self.info.model_id:
            raise RemoteError(
                f"{self._client.address}: another mapping was put in use during the batch "
                f"({self.info.model_id}, then {found.model.model_id})"
            )
        return found

    @property
    def info(self) -> ModelInfo:
        return self._first.model

    @property
    def features(self) -> tuple[str, ...]:
        return self._first.vector.names

    @cached_property
    def _first(self) -> ConditioningVector:
        from mapping.reading.wishes import Options

        return self._answer("music", Options())

    def _answer(self, prompt: str, options: Options) -> ConditioningVector:
        from schemas.answers import ConditioningVector

        with translated():
            try:
                found = self._client.condition(prompt, **stated(options))
            except InvalidRequest as error:
                raise PromptError(error.detail) from error
        return as_contract(ConditioningVector, found, self._client.address)
