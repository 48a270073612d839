"""Views: SQL templates in `sql/views`, and their parts that are generated from FEATURES.

Names are never qualified by catalogue, so that a view works in any attached snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from schemas.features import FEATURES, KEY_NAMES, FeatureSpec, component_names, groups
from warehouse.sqltext import filled, identifier, identifiers, literal, sql_text

VIEWS: dict[str, str] = {
    "music": "track → where it is; one row a track",
    "quantitative_metadata": "every number known of a track; one row a track, metric and source",
    "text_metadata": "every term known of a track; one row a track, term, kind and source",
    "term_hierarchy": "each term of the vocabulary with every term above it, itself included",
    "track_features": "the valid value of each feature and where it is from; one row a track",
    "track_sections": "sections of each track, with its title; one row a track and index",
    "track_beats": "beats of each track, with their place in the bar; one row a track and index",
    "training_examples": "text, group keys, features and licences of tracks fit for training",
}
"""View → what it holds, in order of dependence."""


def view_sql(name: str, features: Iterable[FeatureSpec] = FEATURES) -> str:
    """SELECT statement of view `name`; needs no parameters."""
    return _view_sql(name, tuple(features))


@cache
def _view_sql(name: str, features: tuple[FeatureSpec, ...]) -> str:
    return filled("views", name, _parts(features))


@cache
def _parts(features: tuple[FeatureSpec, ...]) -> dict[str, str]:
    return {
        "first_table": f"features_{next(iter(groups(features)))}",
        "measured": ",\n".join(
            _own_or_twin(f"measured_{group}", f"features_{group}") for group in groups(features)
        ),
        "imported_values": sql_text("views/parts", "imported_values"),
        "heard_beats": _own_or_twin("heard", "beats"),
        "heard_sections": _own_or_twin("heard", "sections"),
        "section_key_name": _KEY_NAME,
        "measured_joins": "\n".join(_measured_join(group) for group in groups(features)),
        "measured_long": "\nUNION ALL\n".join(
            _measured_long(group, members) for group, members in groups(features).items()
        ),
        "components": ",\n".join(_components(features)),
        "corrections": ",\n".join(
            f"any_value(value) FILTER (metric = {literal(s.name)}) AS {identifier(s.name)}"
            for s in features
            if s.size == 1
        ),
        "imported_numbers": ",\n".join(_imported(s) for s in features if s.size == 1),
        "imported_lists": ",\n".join(_imported(s) for s in features if s.size > 1) or "NULL",
        "values": ",\n".join(_value(s) for s in features),
        "key_name": _key_name(features),
        "feature_columns": identifiers(_feature_columns(features), "f."),
        "any_feature": f"coalesce({identifiers((f'{s.name}_source' for s in features), 'f.')})",
    }


def _own_or_twin(name: str, table: str) -> str:
    return filled("views/parts", "own_or_twin", {"name": name, "table": table})


def _measured_join(group: str) -> str:
    audio = "coalesce(h.audio_id, t.track_id)"
    return f"LEFT JOIN features_{group} AS m_{group} ON m_{group}.track_id = {audio}"


def _measured_long(group: str, members: tuple[FeatureSpec, ...]) -> str:
    """Rows (track_id, source, metric, value) of one group; UNPIVOT leaves nulls out."""
    columns = [
        f"{identifier(spec.name)}{index}::DOUBLE AS {identifier(name)}"
        for spec in members
        for index, name in zip(_indices(spec), component_names(spec), strict=True)
    ]
    names = [name for spec in members for name in component_names(spec)]
    parts = {"group": group, "columns": ", ".join(columns), "names": identifiers(names)}
    return filled("views/parts", "measured_long", parts)


def _indices(spec: FeatureSpec) -> list[str]:
    return [""] if spec.size == 1 else [f"[{i + 1}]" for i in range(spec.size)]


def _components(features: tuple[FeatureSpec, ...]) -> list[str]:
    """VALUES rows: component, feature, position, unit, minimum, maximum."""
    return [
        f"({literal(name)}, {literal(s.name)}, {i}, {literal(s.unit)}, "
        f"{float(s.minimum)!r}::DOUBLE, {float(s.maximum)!r}::DOUBLE, {s.size})"
        for s in features
        for i, name in enumerate(component_names(s))
    ]


def _imported(spec: FeatureSpec) -> str:
    """The value of the first rank, and that rank; a query that reads neither computes neither."""
    only = f"FILTER (feature = {literal(spec.name)})"
    name, rank = identifier(spec.name), identifier(f"{spec.name}_rank")
    return f"arg_min(value, rank) {only} AS {name},\nmin(rank) {only} AS {rank}"


def _value(spec: FeatureSpec) -> str:
    """The two columns of a feature: its value, and who says so."""
    name, source, rank = (identifier(spec.name + end) for end in ("", "_source", "_rank"))
    group = f"m_{spec.group}"
    if spec.size > 1:
        return (
            f"coalesce({group}.{name}, v.{name}::FLOAT[]) AS {name},\n"
            f"CASE WHEN {group}.{name} IS NOT NULL THEN {group}.extractor\n"
            f"ELSE substr(v.{rank}, 2) END AS {source}"
        )
    return (
        f"coalesce(o.{name}, {group}.{name}, i.{name}) AS {name},\n"
        f"CASE WHEN o.{name} IS NOT NULL THEN 'override'\n"
        f"WHEN {group}.{name} IS NOT NULL THEN {group}.extractor\n"
        f"ELSE substr(i.{rank}, 2) END AS {source}"
    )


def _key_name(features: tuple[FeatureSpec, ...]) -> str:
    names = {spec.name for spec in features}
    return _KEY_NAME if {"key_pitch_class", "key_mode"} <= names else "NULL::VARCHAR"


_KEY_NAME = (
    f"[{', '.join(literal(name) for name in KEY_NAMES)}]"
    "[round(key_pitch_class)::INTEGER % 12 + 1]\n"
    "|| CASE WHEN key_mode >= 0.5 THEN ' major' WHEN key_mode < 0.5 THEN ' minor' END"
)


def _feature_columns(features: tuple[FeatureSpec, ...]) -> list[str]:
    pairs = ((spec.name, f"{spec.name}_source") for spec in features)
    return [name for pair in pairs for name in pair] + ["key_name"]
