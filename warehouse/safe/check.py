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

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.errors import QueryError
from warehouse.safe import grammar
from warehouse.safe.functions import FUNCTIONS, NAMED_TYPES, TABLE_FUNCTIONS, TYPES
from warehouse.safe.tree import (
    as_dict,
    as_list,
    as_text,
    folded,
    kind_of,
    only,
    parsed,
    shown,
    unknown,
)

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
        walk.query(parsed(sql), frozenset())
    except RecursionError as error:
        raise QueryError("the statement is nested too deeply") from error
    return frozenset(walk.read)


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
        kind = kind_of(value, "type", grammar.NODES)
        inner = self._with(value.get("cte_map"), scope)
        fields = {name: part for name, part in value.items() if name != "cte_map"}
        if kind == "RECURSIVE_CTE_NODE":
            itself = inner | {folded(as_text(value.get("cte_name")))}
            self._enter(value)
            self.node(fields.pop("right"), itself)
            self._leave()
        self._fields(kind, fields, inner)

    def _with(self, value: Any, scope: Scope) -> Scope:
        for entry in as_list(only(value, {"map"})["map"]):
            only(entry, {"key", "value"})
            self._fields("CTE", entry["value"], scope)
            scope = scope | {folded(as_text(entry["key"]))}
        return scope

    def table(self, value: Any, scope: Scope) -> None:
        """Whatever may stand in FROM."""
        kind = kind_of(value, "type", grammar.TABLES)
        if kind == "BASE_TABLE":
            self._base_table(value, scope)
        elif kind == "TABLE_FUNCTION":
            self._function(value["function"], TABLE_FUNCTIONS, "table function")
        self._fields(kind, value, scope)

    def _base_table(self, value: Mapping[str, Any], scope: Scope) -> None:
        name, schema = as_text(value["table_name"]), folded(as_text(value["schema_name"]))
        if value["catalog_name"] or schema not in {"", "main"}:
            raise QueryError(f"{shown(name)}: a table is named without catalogue and schema")
        if not schema and folded(name) in scope:
            return
        if folded(name) not in self.published:
            valid = ", ".join(sorted(self.published.values()))
            raise QueryError(f"table {shown(name)} is not published; valid are {valid}")
        self.read.add(self.published[folded(name)])

    def expression(self, value: Any, scope: Scope) -> None:
        kind = kind_of(value, "class", grammar.EXPRESSIONS)
        if value.get("type") not in grammar.EXPRESSIONS[kind]:
            raise unknown(value.get("type"))
        if kind in {"FUNCTION", "WINDOW"}:
            self._function(value, FUNCTIONS, "function")
        self._fields(f"{kind} expression", value, scope)

    def _function(self, value: Mapping[str, Any], allowed: frozenset[str], what: str) -> None:
        name = as_text(value.get("function_name"))
        if value.get("catalog") or folded(as_text(value.get("schema", ""))) not in {"", "main"}:
            raise QueryError(f"{shown(name)}: a function is named without catalogue and schema")
        if folded(name) not in allowed:
            raise QueryError(f"{what} {shown(name)} is not allowed here")

    def kind_of_type(self, value: Any) -> None:
        """A type: its name, and those that it is made of."""
        only(value, {"id", "type_info"})
        info = value["type_info"]
        if info is None:
            if value["id"] not in TYPES:
                raise QueryError(f"type {shown(str(value['id']))} is not allowed here")
            return
        fields = grammar.TYPES.get(as_text(info.get("type")))
        if fields is None or value["id"] not in TYPES | {"UNBOUND"}:
            raise QueryError(f"type {shown(str(value['id']))} is not allowed here")
        if value["id"] == "UNBOUND" and folded(as_text(info.get("name"))) not in NAMED_TYPES:
            raise QueryError(f"type {shown(str(info.get('name')))} is not allowed here")
        self._enter(info)
        for name, part in only(info, set(fields)).items():
            getattr(self, f"_{fields[name]}")(part, frozenset())
        self._leave()

    def _fields(self, kind: str, value: Any, scope: Scope) -> None:
        self._enter(value)
        rules = grammar.GRAMMAR[kind]
        for name, part in as_dict(value).items():
            rule = rules.get(name)
            if rule is None:
                raise unknown(f"{kind}.{name}")
            getattr(self, f"_{rule}")(part, scope)
        self._leave()

    def _enter(self, value: Any) -> None:
        self.nodes += 1
        self.depth += 1
        if self.nodes > MAX_NODES:
            raise QueryError("the statement is too large")
        if self.depth > MAX_DEPTH:
            raise QueryError("the statement is nested too deeply")
        as_dict(value)

    def _leave(self) -> None:
        self.depth -= 1

    # The rules of the grammar; each takes the value of a field and the scope.

    def _plain(self, value: Any, scope: Scope) -> None:
        for part in value if isinstance(value, list) else [value]:
            if not isinstance(part, str | int | float | None):
                raise unknown("a nested value")

    def _nothing(self, value: Any, scope: Scope) -> None:
        if value:
            raise unknown("an option")

    def _literal(self, value: Any, scope: Scope) -> None:
        literal = only(value, {"type", "is_null", "value"})
        self.kind_of_type(literal["type"])
        content = literal.get("value")
        if isinstance(content, dict) and "children" in content:  # the open end of a slice
            content = only(content, {"children"})["children"]
        elif isinstance(content, dict):  # a 128-bit number
            content = list(only(content, {"upper", "lower"}).values())
        self._plain(content, scope)

    def _literals(self, value: Any, scope: Scope) -> None:
        for part in as_list(value):
            self._literal(part, scope)

    def _type(self, value: Any, scope: Scope) -> None:
        self.kind_of_type(value)

    def _named_types(self, value: Any, scope: Scope) -> None:
        for part in as_list(value):
            self.kind_of_type(only(part, {"first", "second"})["second"])

    def _expression(self, value: Any, scope: Scope) -> None:
        if value is not None:
            self.expression(value, scope)

    def _expressions(self, value: Any, scope: Scope) -> None:
        for part in as_list(value):
            self.expression(part, scope)

    def _rows(self, value: Any, scope: Scope) -> None:
        for part in as_list(value):
            self._expressions(part, scope)

    def _table(self, value: Any, scope: Scope) -> None:
        self.table(value, scope)

    def _node(self, value: Any, scope: Scope) -> None:
        self.node(value, scope)

    def _nodes(self, value: Any, scope: Scope) -> None:
        for part in as_list(value):
            self.node(part, scope)

    def _query(self, value: Any, scope: Scope) -> None:
        self.query(value, scope)

    def _table_function(self, value: Any, scope: Scope) -> None:
        self._fields("FUNCTION expression", value, scope)

    def _group_sets(self, value: Any, scope: Scope) -> None:
        for part in as_list(value):
            self._plain(part, scope)

    def _part(self, kind: str, value: Any, scope: Scope) -> None:
        for part in as_list(value):
            self._fields(kind, part, scope)

    def _modifiers(self, value: Any, scope: Scope) -> None:
        for part in as_list(value):
            self._fields(kind_of(part, "type", grammar.MODIFIERS), part, scope)

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
