"""The allow-list, statement by statement: nothing is run here but the parser."""

from __future__ import annotations

import json
import random

import duckdb
import pytest

from benchmarks._safe_sql import ATTACKS, BOMBS, LEGITIMATE
from schemas.errors import QueryError
from warehouse.safe import check, functions, grammar
from warehouse.safe.check import tables_read
from warehouse.safe.tree import serialised
from warehouse.views import VIEWS

_PLACES = {
    "outside": "/secret/outside.csv",
    "inside": "/lake/data/inside.csv",
    "folder": "/lake/data",
    "catalogue": "/lake/catalogue.sqlite",
    "target": "/lake/made",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_in_one_sentence(name):
    with pytest.raises(QueryError) as refusal:
        tables_read(ATTACKS[name].format_map(_PLACES), VIEWS)
    message = str(refusal.value)
    assert 0 < len(message) < 300
    assert "\n" not in message


@pytest.mark.parametrize("name", [*LEGITIMATE, *BOMBS])
def test_what_reads_published_views_is_allowed(name):
    assert tables_read({**LEGITIMATE, **BOMBS}[name], VIEWS) <= set(VIEWS)


def test_it_says_which_views_a_statement_reads():
    sql = "WITH prompts AS (FROM MUSIC) SELECT (SELECT max(term) FROM text_metadata) FROM prompts"
    assert tables_read(sql, VIEWS) == {"music", "text_metadata"}
    assert tables_read("WITH music AS (SELECT 1) FROM music", VIEWS) == frozenset()


def test_there_are_enough_attacks_of_each_kind():
    assert len(ATTACKS) >= 200
    assert len(LEGITIMATE) >= 50
    assert len(set(ATTACKS.values())) == len(ATTACKS)


def test_no_allowed_function_is_known_to_touch_files_or_the_engine():
    with duckdb.connect() as engine:
        rows = engine.execute("SELECT function_name, function_type FROM duckdb_functions()")
        kinds: dict[str, set[str]] = {}
        for name, kind in rows.fetchall():
            kinds.setdefault(name.lower(), set()).add(kind)
    parsed_away = {"if", "ifnull", "unnest", "->", "!", "__postfix"}
    assert set(kinds) >= functions.FUNCTIONS - parsed_away
    tables = {"table", "table_macro", "pragma"}
    assert {n for n in functions.FUNCTIONS - parsed_away if kinds[n] <= tables} == set()


def test_every_rule_of_the_grammar_exists_and_what_it_names_is_walked():
    rules = {rule for kind in grammar.GRAMMAR.values() for rule in kind.values()}
    rules |= {rule for kind in grammar.TYPES.values() for rule in kind.values()}
    assert all(hasattr(check._Walk, f"_{rule}") for rule in rules)
    listed = grammar.NODES | grammar.TABLES | grammar.MODIFIERS
    assert listed <= set(grammar.GRAMMAR)
    assert {f"{name} expression" for name in grammar.EXPRESSIONS} <= set(grammar.GRAMMAR)


def _trees(sql):
    return json.loads(serialised(sql))


def _nodes(tree):
    if isinstance(tree, dict):
        yield tree
        for part in tree.values():
            yield from _nodes(part)
    elif isinstance(tree, list):
        for part in tree:
            yield from _nodes(part)


@pytest.mark.parametrize("name", random.Random(3).sample(sorted(LEGITIMATE), 20))
def test_a_field_that_a_later_duckdb_adds_is_refused(name, monkeypatch):
    tree = _trees(LEGITIMATE[name])
    for number, node in enumerate(list(_nodes(tree["statements"]))):
        node["new_in_a_later_version"] = {"number": number}
        monkeypatch.setattr(check, "parsed", lambda _: tree["statements"][0])
        with pytest.raises(QueryError):
            tables_read("SELECT 1", VIEWS)
        del node["new_in_a_later_version"]


def test_splicing_a_private_table_anywhere_is_refused():
    chance = random.Random(11)
    private = "(SELECT max(text) FROM prompts)"
    tried = 0
    for sql in LEGITIMATE.values():
        words = sql.split(" ")
        for _ in range(12):
            place = chance.randrange(len(words))
            spliced = " ".join([*words[:place], private, *words[place:]])
            replaced = " ".join([*words[:place], private, *words[place + 1 :]])
            for mutant in (spliced, replaced, sql.replace("music", "prompts", 1)):
                tried += 1
                try:
                    read = tables_read(mutant, VIEWS)
                except QueryError:
                    continue
                # It parses and passes only where the words have become text, or another name.
                assert read <= set(VIEWS)
                tables = [
                    node["table_name"].lower()
                    for node in _nodes(_trees(mutant)["statements"])
                    if node.get("type") == "BASE_TABLE"
                ]
                shadowed = "prompts AS" in sql or "prompts as" in mutant.lower()
                assert shadowed or "prompts" not in tables, mutant
    assert tried > 1000
