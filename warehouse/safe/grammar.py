"""The syntax trees that are understood: kinds of nodes, their fields, and the rule of each field.

Written down from what DuckDB 1.5.5 prints. A rule is the name of a method of `check._Walk`: `plain`
takes text and numbers, `nothing` only what is empty or false, the others go deeper.
"""

from __future__ import annotations

_PLAIN = {"alias": "plain", "query_location": "plain"}
_NODE = {"type": "plain", "modifiers": "modifiers"}
_TABLE = {"type": "plain", **_PLAIN, "sample": "sample"}
_EXPRESSION = {"class": "plain", "type": "plain", **_PLAIN}
_LIMIT = {"type": "plain", "limit": "expression", "offset": "expression"}

NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE"})

TABLES = frozenset(
    {"BASE_TABLE", "EMPTY", "EXPRESSION_LIST", "JOIN", "PIVOT", "SUBQUERY", "TABLE_FUNCTION"}
)

MODIFIERS = frozenset(
    {"DISTINCT_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "ORDER_MODIFIER"}
)

EXPRESSIONS: dict[str, frozenset[str]] = {
    "BETWEEN": frozenset({"COMPARE_BETWEEN"}),
    "CASE": frozenset({"CASE_EXPR"}),
    "CAST": frozenset({"OPERATOR_CAST"}),
    "COLLATE": frozenset({"COLLATE"}),
    "COLUMN_REF": frozenset({"COLUMN_REF"}),
    "COMPARISON": frozenset(
        {
            "COMPARE_DISTINCT_FROM", "COMPARE_EQUAL", "COMPARE_GREATERTHAN",
            "COMPARE_GREATERTHANOREQUALTO", "COMPARE_LESSTHAN", "COMPARE_LESSTHANOREQUALTO",
            "COMPARE_NOTEQUAL", "COMPARE_NOT_DISTINCT_FROM",
        }
    ),
    "CONJUNCTION": frozenset({"CONJUNCTION_AND", "CONJUNCTION_OR"}),
    "CONSTANT": frozenset({"VALUE_CONSTANT"}),
    "FUNCTION": frozenset({"FUNCTION"}),
    "LAMBDA": frozenset({"LAMBDA"}),
    "OPERATOR": frozenset(
        {
            "ARRAY_CONSTRUCTOR", "ARRAY_EXTRACT", "ARRAY_SLICE", "COMPARE_IN", "COMPARE_NOT_IN",
            "GROUPING_FUNCTION", "OPERATOR_COALESCE", "OPERATOR_IS_NOT_NULL", "OPERATOR_IS_NULL",
            "OPERATOR_NOT", "OPERATOR_NULLIF", "OPERATOR_TRY", "OPERATOR_UNPACK", "STRUCT_EXTRACT",
        }
    ),
    "POSITIONAL_REFERENCE": frozenset({"POSITIONAL_REFERENCE"}),
    "STAR": frozenset({"STAR"}),
    "SUBQUERY": frozenset({"SUBQUERY"}),
    "WINDOW": frozenset(
        {
            "WINDOW_AGGREGATE", "WINDOW_CUME_DIST", "WINDOW_FILL", "WINDOW_FIRST_VALUE",
            "WINDOW_LAG", "WINDOW_LAST_VALUE", "WINDOW_LEAD", "WINDOW_NTH_VALUE", "WINDOW_NTILE",
            "WINDOW_PERCENT_RANK", "WINDOW_RANK", "WINDOW_RANK_DENSE", "WINDOW_ROW_NUMBER",
        }
    ),
}  # fmt: skip
"""Class of an expression → its types. Parameters and DEFAULT are not among them."""

GRAMMAR: dict[str, dict[str, str]] = {
    "QUERY": {"node": "node", "named_param_map": "nothing"},
    "CTE": {
        "aliases": "plain",
        "query": "query",
        "materialized": "plain",
        "key_targets": "expressions",
    },
    "SELECT_NODE": {
        **_NODE,
        "select_list": "expressions",
        "from_table": "table",
        "where_clause": "expression",
        "group_expressions": "expressions",
        "group_sets": "group_sets",
        "aggregate_handling": "plain",
        "having": "expression",
        "sample": "sample",
        "qualify": "expression",
    },
    "SET_OPERATION_NODE": {
        **_NODE,
        "setop_type": "plain",
        "setop_all": "plain",
        "left": "node",
        "right": "node",
        "children": "nodes",
    },
    "RECURSIVE_CTE_NODE": {
        **_NODE,
        "cte_name": "plain",
        "union_all": "plain",
        "left": "node",
        "right": "node",
        "aliases": "plain",
        "key_targets": "expressions",
    },
    "BASE_TABLE": {
        **_TABLE,
        "schema_name": "plain",
        "table_name": "plain",
        "catalog_name": "plain",
        "column_name_alias": "plain",
        "at_clause": "nothing",
    },
    "EMPTY": _TABLE,
    "EXPRESSION_LIST": {
        **_TABLE,
        "expected_names": "plain",
        "expected_types": "nothing",
        "values": "rows",
    },
    "JOIN": {
        **_TABLE,
        "left": "table",
        "right": "table",
        "condition": "expression",
        "join_type": "plain",
        "ref_type": "plain",
        "using_columns": "plain",
        "delim_flipped": "nothing",
        "duplicate_eliminated_columns": "nothing",
    },
    "SUBQUERY": {**_TABLE, "subquery": "query", "column_name_alias": "plain"},
    "TABLE_FUNCTION": {
        **_TABLE,
        "function": "table_function",
        "column_name_alias": "plain",
        "with_ordinality": "plain",
    },
    "PIVOT": {
        **_TABLE,
        "source": "table",
        "aggregates": "expressions",
        "unpivot_names": "plain",
        "pivots": "pivots",
        "groups": "plain",
        "column_name_alias": "plain",
        "include_nulls": "plain",
    },
    "PIVOT_COLUMN": {
        "pivot_expressions": "expressions",
        "unpivot_names": "plain",
        "entries": "pivot_entries",
        "pivot_enum": "nothing",
    },
    "PIVOT_ENTRY": {"values": "literals", "star_expr": "expression", "alias": "plain"},
    "SAMPLE": {
        "sample_size": "literal",
        "is_percentage": "plain",
        "method": "plain",
        "seed": "plain",
    },
    "DISTINCT_MODIFIER": {"type": "plain", "distinct_on_targets": "expressions"},
    "LIMIT_MODIFIER": _LIMIT,
    "LIMIT_PERCENT_MODIFIER": _LIMIT,
    "ORDER_MODIFIER": {"type": "plain", "orders": "orders"},
    "ORDER": {"type": "plain", "null_order": "plain", "expression": "expression"},
    "CASE": {"when_expr": "expression", "then_expr": "expression"},
    "REPLACE": {"key": "plain", "value": "expression"},
    "RENAME": {"key": "column_name", "value": "plain"},
    "COLUMN_NAME": dict.fromkeys(("catalog", "schema", "table", "column"), "plain"),
    "BETWEEN expression": {
        **_EXPRESSION,
        "input": "expression",
        "lower": "expression",
        "upper": "expression",
    },
    "CASE expression": {**_EXPRESSION, "case_checks": "cases", "else_expr": "expression"},
    "CAST expression": {
        **_EXPRESSION,
        "child": "expression",
        "cast_type": "type",
        "try_cast": "plain",
    },
    "COLLATE expression": {**_EXPRESSION, "child": "expression", "collation": "plain"},
    "COLUMN_REF expression": {**_EXPRESSION, "column_names": "plain"},
    "COMPARISON expression": {**_EXPRESSION, "left": "expression", "right": "expression"},
    "CONJUNCTION expression": {**_EXPRESSION, "children": "expressions"},
    "CONSTANT expression": {**_EXPRESSION, "value": "literal"},
    "FUNCTION expression": {
        **_EXPRESSION,
        "function_name": "plain",
        "schema": "plain",
        "catalog": "plain",
        "children": "expressions",
        "filter": "expression",
        "order_bys": "order_modifier",
        "distinct": "plain",
        "is_operator": "plain",
        "export_state": "nothing",
    },
    "LAMBDA expression": {**_EXPRESSION, "lhs": "expression", "expr": "expression"},
    "OPERATOR expression": {**_EXPRESSION, "children": "expressions"},
    "POSITIONAL_REFERENCE expression": {**_EXPRESSION, "index": "plain"},
    "STAR expression": {
        **_EXPRESSION,
        "relation_name": "plain",
        "exclude_list": "plain",
        "replace_list": "replacements",
        "columns": "plain",
        "expr": "expression",
        "qualified_exclude_list": "column_names",
        "rename_list": "renamings",
    },
    "SUBQUERY expression": {
        **_EXPRESSION,
        "subquery_type": "plain",
        "subquery": "query",
        "child": "expression",
        "comparison_type": "plain",
    },
    "WINDOW expression": {
        **_EXPRESSION,
        "function_name": "plain",
        "schema": "plain",
        "catalog": "plain",
        "children": "expressions",
        "partitions": "expressions",
        "orders": "orders",
        "start": "plain",
        "end": "plain",
        "start_expr": "expression",
        "end_expr": "expression",
        "offset_expr": "expression",
        "default_expr": "expression",
        "ignore_nulls": "plain",
        "filter_expr": "expression",
        "exclude_clause": "plain",
        "distinct": "plain",
        "arg_orders": "orders",
    },
}
"""Kind of node → field → rule."""

_INFO = {"type": "plain", "alias": "nothing", "extension_info": "nothing"}

TYPES: dict[str, dict[str, str]] = {
    "ARRAY_TYPE_INFO": {**_INFO, "child_type": "type", "size": "plain"},
    "DECIMAL_TYPE_INFO": {**_INFO, "width": "plain", "scale": "plain"},
    "LIST_TYPE_INFO": {**_INFO, "child_type": "type"},
    "STRUCT_TYPE_INFO": {**_INFO, "child_types": "named_types"},
    "UNBOUND_TYPE_INFO": {
        **_INFO,
        "name": "plain",
        "catalog": "nothing",
        "schema": "nothing",
        "user_type_modifiers": "nothing",
    },
}
"""Kind of composed type → field → rule."""
