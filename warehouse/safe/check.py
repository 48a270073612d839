"""The allow-list: which statements of a stranger may run at all.

DuckDB parses the text and hands out its syntax tree (`json_serialize_sql`, which takes SELECT
only). The whole tree is walked against `grammar.GRAMMAR`: a kind of node, a field of a node, a
function, a type or a table that is not listed is refused. So what a later DuckDB adds is refused
until somebody has looked at it.

A name of a table is allowed when it is a common table expression in scope there, or published. The
scope is never wider than DuckDB's: an expression sees those before it in its WITH and those around
it, itself only from the second part of a recursive one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import duckdb

from schemas.errors import QueryError
from warehouse.safe import grammar
from warehouse.safe.functions import FUNCTIONS, NAMED_TYPES, TABLE_FUNCTIONS, TYPES

MAX_CHARACTERS = 20_000
MAX_NODES = 20_000
MAX_DEPTH = 150

Scope = frozenset[str]


def tables_read(sql: str, published: Iterable[str]) -> frozenset[str]:
    """Those of `published` that `sql` reads; it may read nothing else.

    Raises
    ------
    QueryError
        `sql` does not parse, is not one SELECT, is too large, or does what is not allowed.
    """
    if len(sql) > MAX_CHARACTERS:
        raise QueryError(f"{len(sql)} characters; a statement may have {MAX_CHARACTERS}")
    if "\0" in sql:
        raise QueryError("the statement holds a NUL")
    walk = _Walk({folded(name): name for name in published})
    try:
        walk.query(_parsed(sql), frozenset())
    except RecursionError as error:
        raise QueryError("the statement is nested too deeply") from error
    return frozenset(walk.read)


def _parsed(sql: str) -> Any:
    """The tree of the one SELECT in `sql`."""
    tree = json.loads(_serialised(sql))
    if tree["error"]:
        message = str(tree["error_message"]).partition("\n")[0]
        if "Only SELECT" in message or "CTE needs a SELECT" in message:
            message = "only SELECT is allowed here"
        raise QueryError(message)
    if len(tree["statements"]) != 1:
        raise QueryError(f"{len(tree['statements'])} statements; valid is one SELECT")
    return tree["statements"][0]


def _serialised(sql: str) -> str:
    found = _parser().cursor().execute("SELECT json_serialize_sql($1::VARCHAR)", [sql]).fetchone()
    assert found is not None
    return str(found[0])


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"autoload_known_extensions": False})


def folded(name: str) -> str:
    """`name` as DuckDB compares names: ASCII letters alone have no case.

    Python's `lower` would also turn the Kelvin sign into a k, and take one name for another.
    """
    return "".join(c.lower() if c.isascii() else c for c in name)


@dataclass(slots=True)
class _Walk:
    published: Mapping[str, str]
    read: set[str] = field(default_factory=set)
    nodes: int = 0
    depth: int = 0

    def query(self, value: Any, scope: Scope) -> None:
        """A statement: a query node and its parameters, of which there must be none."""
        self._fields("QUERY", value, scope)

    def node(self, value: Any, scope: Scope) -> None:
        """SELECT, UNION …: its WITH first, then the rest in the scope that this makes."""
        kind = _kind(value, "type", grammar.NODES)
        inner = self._with(value.get("cte_map"), scope)
        fields = {name: part for name, part in value.items() if name != "cte_map"}
        if kind == "RECURSIVE_CTE_NODE":
            itself = inner | {folded(_text(value.get("cte_name")))}
            self._enter(value)
            self.node(fields.pop("right"), itself)
            self._leave()
        self._fields(kind, fields, inner)

    def _with(self, value: Any, scope: Scope) -> Scope:
        for entry in _list(_only(value, {"map"})["map"]):
            _only(entry, {"key", "value"})
            self._fields("CTE", entry["value"], scope)
            scope = scope | {folded(_text(entry["key"]))}
        return scope

    def table(self, value: Any, scope: Scope) -> None:
        """Whatever may stand in FROM."""
        kind = _kind(value, "type", grammar.TABLES)
        if kind == "BASE_TABLE":
            self._base_table(value, scope)
        elif kind == "TABLE_FUNCTION":
            self._function(value["function"], TABLE_FUNCTIONS, "table function")
        self._fields(kind, value, scope)

    def _base_table(self, value: Mapping[str, Any], scope: Scope) -> None:
        name, schema = _text(value["table_name"]), folded(_text(value["schema_name"]))
        if value["catalog_name"] or schema not in {"", "main"}:
            raise QueryError(f"{_shown(name)}: a table is named without catalogue and schema")
        if not schema and folded(name) in scope:
            return
        if folded(name) not in self.published:
            valid = ", ".join(sorted(self.published.values()))
            raise QueryError(f"table {_shown(name)} is not published; valid are {valid}")
        self.read.add(self.published[folded(name)])

    def expression(self, value: Any, scope: Scope) -> None:
        kind = _kind(value, "class", grammar.EXPRESSIONS)
        if value.get("type") not in grammar.EXPRESSIONS[kind]:
            raise _unknown(value.get("type"))
        if kind in {"FUNCTION", "WINDOW"}:
            self._function(value, FUNCTIONS, "function")
        self._fields(f"{kind} expression", value, scope)

    def _function(self, value: Mapping[str, Any], allowed: frozenset[str], what: str) -> None:
        name = _text(value.get("function_name"))
        if value.get("catalog") or folded(_text(value.get("schema", ""))) not in {"", "main"}:
            raise QueryError(f"{_shown(name)}: a function is named without catalogue and schema")
        if folded(name) not in allowed:
            raise QueryError(f"{what} {_shown(name)} is not allowed here")

    def kind_of_type(self, value: Any) -> None:
        """A type: its name, and those that it is made of."""
        _only(value, {"id", "type_info"})
        info = value["type_info"]
        if info is None:
            if value["id"] not in TYPES:
                raise QueryError(f"type {_shown(str(value['id']))} is not allowed here")
            return
        fields = grammar.TYPES.get(_text(info.get("type")))
        if fields is None or value["id"] not in TYPES | {"UNBOUND"}:
            raise QueryError(f"type {_shown(str(value['id']))} is not allowed here")
        if value["id"] == "UNBOUND" and folded(_text(info.get("name"))) not in NAMED_TYPES:
            raise QueryError(f"type {_shown(str(info.get('name')))} is not allowed here")
        self._enter(info)
        for name, part in _only(info, set(fields)).items():
            getattr(self, f"_{fields[name]}")(part, frozenset())
        self._leave()

    def _fields(self, kind: str, value: Any, scope: Scope) -> None:
        self._enter(value)
        rules = grammar.GRAMMAR[kind]
        for name, part in _dict(value).items():
            rule = rules.get(name)
            if rule is None:
                raise _unknown(f"{kind}.{name}")
            getattr(self, f"_{rule}")(part, scope)
        self._leave()

    def _enter(self, value: Any) -> None:
        self.nodes += 1
        self.depth += 1
        if self.nodes > MAX_NODES:
            raise QueryError("the statement is too large")
        if self.depth > MAX_DEPTH:
            raise QueryError("the statement is nested too deeply")
        _dict(value)

    def _leave(self) -> None:
        self.depth -= 1

    # The rules of the grammar; each takes the value of a field and the scope.

    def _plain(self, value: Any, scope: Scope) -> None:
        for part in value if isinstance(value, list) else [value]:
            if not isinstance(part, str | int | float | None):
                raise _unknown("a nested value")

    def _nothing(self, value: Any, scope: Scope) -> None:
        if value:
            raise _unknown("an option")

    def _literal(self, value: Any, scope: Scope) -> None:
        literal = _only(value, {"type", "is_null", "value"})
        self.kind_of_type(literal["type"])
        content = literal.get("value")
        if isinstance(content, dict) and "children" in content:  # the open end of a slice
            content = _only(content, {"children"})["children"]
        elif isinstance(content, dict):  # a 128-bit number
            content = list(_only(content, {"upper", "lower"}).values())
        self._plain(content, scope)

    def _literals(self, value: Any, scope: Scope) -> None:
        for part in _list(value):
            self._literal(part, scope)

    def _type(self, value: Any, scope: Scope) -> None:
        self.kind_of_type(value)

    def _named_types(self, value: Any, scope: Scope) -> None:
        for part in _list(value):
            self.kind_of_type(_only(part, {"first", "second"})["second"])

    def _expression(self, value: Any, scope: Scope) -> None:
        if value is not None:
            self.expression(value, scope)

    def _expressions(self, value: Any, scope: Scope) -> None:
        for part in _list(value):
            self.expression(part, scope)

    def _rows(self, value: Any, scope: Scope) -> None:
        for part in _list(value):
            self._expressions(part, scope)

    def _table(self, value: Any, scope: Scope) -> None:
        self.table(value, scope)

    def _node(self, value: Any, scope: Scope) -> None:
        self.node(value, scope)

    def _nodes(self, value: Any, scope: Scope) -> None:
        for part in _list(value):
            self.node(part, scope)

    def _query(self, value: Any, scope: Scope) -> None:
        self.query(value, scope)

    def _table_function(self, value: Any, scope: Scope) -> None:
        self._fields("FUNCTION expression", value, scope)

    def _group_sets(self, value: Any, scope: Scope) -> None:
        for part in _list(value):
            self._plain(part, scope)

    def _part(self, kind: str, value: Any, scope: Scope) -> None:
        for part in _list(value):
            self._fields(kind, part, scope)

    def _modifiers(self, value: Any, scope: Scope) -> None:
        for part in _list(value):
            self._fields(_kind(part, "type", grammar.MODIFIERS), part, scope)

    def _order_modifier(self, value: Any, scope: Scope) -> None:
        self._fields("ORDER_MODIFIER", value, scope)

    def _orders(self, value: Any, scope: Scope) -> None:
        self._part("ORDER", value, scope)

    def _cases(self, value: Any, scope: Scope) -> None:
        self._part("CASE", value, scope)

    def _replacements(self, value: Any, scope: Scope) -> None:
        self._part("REPLACE", value, scope)

    def _renamings(self, value: Any, scope: Scope) -> None:
        self._part("RENAME", value, scope)

    def _column_names(self, value: Any, scope: Scope) -> None:
        self._part("COLUMN_NAME", value, scope)

    def _column_name(self, value: Any, scope: Scope) -> None:
        self._fields("COLUMN_NAME", value, scope)

    def _pivots(self, value: Any, scope: Scope) -> None:
        self._part("PIVOT_COLUMN", value, scope)

    def _pivot_entries(self, value: Any, scope: Scope) -> None:
        self._part("PIVOT_ENTRY", value, scope)

    def _sample(self, value: Any, scope: Scope) -> None:
        if value is not None:
            self._fields("SAMPLE", value, scope)


def _kind(value: Any, field: str, known: Iterable[str]) -> str:
    kind = _dict(value).get(field)
    if not isinstance(kind, str) or kind not in known:
        raise _unknown(kind)
    return kind


def _unknown(what: object) -> QueryError:
    return QueryError(f"{_shown(str(what))} is not allowed here")


def _shown(text: str) -> str:
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _unknown("a value in place of a node")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _unknown("a value in place of a list")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _unknown("a value in place of a name")
    return value


def _only(value: Any, fields: set[str]) -> dict[str, Any]:
    unknown = set(_dict(value)) - fields
    if unknown:
        raise _unknown(min(unknown))
    return _dict(value)
