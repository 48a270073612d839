"""What looking through a catalogue keeps between requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from schemas.settings import Settings
from service.browsing import counted
from service.browsing.colours import Coloured, coloured
from service.browsing.counted import Facets, Kept
from service.browsing.lakes import Lakes
from service.browsing.layout import LayoutMaker

if TYPE_CHECKING:
    from warehouse.index.places import Places
    from warehouse.lake import Lake

Names = Mapping[str, tuple[str | None, str | None]]


class Catalogue:
    """Open lakes, the map's maker, and what is counted once a snapshot."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.lakes = Lakes(settings)
        self.layout = LayoutMaker(settings)
        self._columns: dict[str, list[tuple[str, str]]] = {}
        self._shapes = Kept[Mapping[str, list[int]]]()
        self._facets = Kept[Facets]()
        self._coloured = Kept[Coloured]()
        self._names = Kept[Names]()

    def shapes(self, lake: Lake) -> Mapping[str, list[int]]:
        """How values of each feature lie (`counted.shapes`)."""
        return self._shapes.of(lake, None, lambda: counted.shapes(lake))

    def facets(self, lake: Lake) -> Facets:
        return self._facets.of(lake, None, lambda: counted.facets(lake))

    def coloured(self, lake: Lake, places: Places, by: str) -> Coloured:
        """The map's points by one of `asked.COLOURS`."""
        what = (places.method, by)
        return self._coloured.of(lake, what, lambda: coloured(lake, places.ids, by))

    def names(self, lake: Lake, places: Places) -> Names:
        """Track → title and artist, of those on the map."""
        from warehouse.browsing import names_of

        return self._names.of(lake, places.method, lambda: names_of(lake, places.ids))

    def columns(self, lake: Lake) -> dict[str, list[tuple[str, str]]]:
        """Published view → columns with types: they come from the code, so are asked for once."""
        from warehouse.browsing import view_columns

        self._columns = self._columns or view_columns(lake)
        return self._columns

    def stop(self) -> None:
        """End what runs and close what is open."""
        self.layout.stop()
        self.lakes.close()
