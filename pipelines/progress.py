"""How a long run tells whoever watches what it is doing."""

from __future__ import annotations

from typing import Protocol

from schemas.outcomes import Outcome


class Observer(Protocol):
    """Told of everything worth showing. Called from several threads; must return at once."""

    def note(self, text: str) -> None:
        """Something happened, in one sentence."""

    def start(self, total: int) -> None:
        """`total` files are about to be analysed."""

    def file(self, outcome: Outcome) -> None:
        """One file has been analysed."""


class Silent:
    """An observer that shows nothing."""

    def note(self, text: str) -> None: ...

    def start(self, total: int) -> None: ...

    def file(self, outcome: Outcome) -> None: ...
