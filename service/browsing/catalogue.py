"""What looking through a catalogue keeps between requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.settings import Settings
from service.browsing.lakes import Lakes
from service.browsing.layout import LayoutMaker
from service.browsing.shapes import Shapes

if TYPE_CHECKING:
    from warehouse.lake import Lake


class Catalogue:
    """Open lakes, the map's maker, and how values lie."""

    def __init__(self, settings: Settings) -> None:
        self.lakes = Lakes(settings)
        self.layout = LayoutMaker(settings)
        self.shapes = Shapes()
        self._columns: dict[str, list[tuple[str, str]]] = {}

    def columns(self, lake: Lake) -> dict[str, list[tuple[str, str]]]:
        """Published view → columns with types: they come from the code, so are asked for once."""
        from warehouse.browsing import view_columns

        self._columns = self._columns or view_columns(lake)
        return self._columns

    def stop(self) -> None:
        """End what runs and close what is open."""
        self.layout.stop()
        self.lakes.close()
