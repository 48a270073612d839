"""What becomes of each part of a request, written down while it is planned and made."""

from __future__ import annotations

from dataclasses import dataclass, field

from generation.contract import Application
from schemas.parts import Applied


@dataclass(slots=True)
class Log:
    """Filled in order; read once the piece is made.

    Attributes
    ----------
    applied : feature ("key" included) → how it was taken and what was aimed for
    ignored : parts of the request that the engine cannot take, each with the reason
    notes : what a person should know
    """

    applied: dict[str, Application] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def took(self, feature: str, aimed: float | str | None, note: str = "") -> None:
        self.applied[feature] = Application(Applied.NATIVE, aimed, note)

    def left(self, feature: str, why: str) -> None:
        """A feature that was asked for and cannot be set."""
        self.applied[feature] = Application(Applied.IGNORED, None, why)
        self.ignored.append(f"{feature}: {why}")

    def ignore(self, what: str) -> None:
        if what not in self.ignored:
            self.ignored.append(what)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)
