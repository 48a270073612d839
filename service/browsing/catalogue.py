"""What looking through a catalogue keeps between requests."""

from __future__ import annotations

from schemas.settings import Settings
from service.browsing.lakes import Lakes
from service.browsing.layout import LayoutMaker
from service.browsing.shapes import Shapes


class Catalogue:
    """Open lakes, the map's maker, and how values lie."""

    def __init__(self, settings: Settings) -> None:
        self.lakes = Lakes(settings)
        self.layout = LayoutMaker(settings)
        self.shapes = Shapes()

    def stop(self) -> None:
        """End what runs and close what is open."""
        self.layout.stop()
        self.lakes.close()
