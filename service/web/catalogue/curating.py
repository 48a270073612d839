"""What the forms of a track's page do: values corrected, words and licences added, all of it taken
back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from schemas.errors import InputError
from schemas.settings import Settings

Given = Mapping[str, str]


def act(settings: Settings, track_id: str, given: Given) -> None:
    """Do what a form asks for; its field `do` names it.

    Raises
    ------
    InputError
        For an unknown action, or a field that cannot be.
    """
    asked = given.get("do", "")
    if asked not in _ACTIONS:
        raise InputError(f"do={asked[:40]!r}: valid are {', '.join(_ACTIONS)}")
    _ACTIONS[asked](settings, track_id, given)


def _correct(settings: Settings, track_id: str, given: Given) -> None:
    from pipelines import overrides

    values = overrides.parse_values([f"{given.get('feature', '')}={given.get('value', '')}"])
    overrides.override(settings, track_id, values, given.get("note", ""), given["author"])


def _withdraw(settings: Settings, track_id: str, given: Given) -> None:
    from pipelines import overrides

    names = overrides.feature_names([given.get("feature", "")])
    overrides.withdraw(settings, track_id, names, given["author"])


def _say(settings: Settings, track_id: str, given: Given) -> None:
    from pipelines import statements

    kind, term = given.get("kind", ""), given.get("term", "")
    statements.say(settings, track_id, kind, term, given["author"], given.get("note", ""))


def _state(settings: Settings, track_id: str, given: Given) -> None:
    from pipelines import statements

    layer, text = given.get("layer", ""), given.get("licence", "")
    author, note = given["author"], given.get("note", "")
    statements.state_licence(settings, track_id, layer, text, author, note)


def _unsay(settings: Settings, track_id: str, given: Given) -> None:
    _take_back(settings, track_id, "tags", ("term", "kind", "source"), given)


def _unstate(settings: Settings, track_id: str, given: Given) -> None:
    _take_back(settings, track_id, "rights", ("layer", "source"), given)


def _take_back(
    settings: Settings, track_id: str, table: str, names: tuple[str, ...], given: Given
) -> None:
    from pipelines import statements

    row = {name: given.get(name, "") for name in names}
    statements.take_back(settings, track_id, table, given["author"], **row)


_ACTIONS: dict[str, Callable[[Settings, str, Given], None]] = {
    "correct": _correct,
    "withdraw": _withdraw,
    "say": _say,
    "unsay": _unsay,
    "state": _state,
    "unstate": _unstate,
}
