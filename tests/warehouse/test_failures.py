"""What DuckDB's words mean. Each text was produced by DuckDB 1.5.5 or the operating system."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from schemas.errors import CommitConflict, StorageError, WarehouseBusy, WarehouseError
from warehouse import extensions
from warehouse.extensions import load_extension, packaged_extension
from warehouse.failures import failure


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Failed to flush changes into DuckLake: database is locked", WarehouseBusy),
        ("Transaction conflict - attempting to insert into table", CommitConflict),
        ("could not serialize access due to concurrent update", CommitConflict),
        ("Could not write to file: No space left on device", StorageError),
        ("database or disk is full", StorageError),
        ("attempt to write a readonly database", StorageError),
        ("PRAGMA journal_mode=WAL: file is not a database", WarehouseError),
        ("Binder Error: something else", WarehouseError),
    ],
)
def test_the_text_decides(text, kind):
    found = failure(duckdb.Error(text), "commit failed")
    assert type(found) is kind
    assert str(found).startswith("commit failed: ")
    assert found.transient == (kind in {WarehouseBusy, CommitConflict})


@pytest.mark.parametrize(
    "text",
    [
        "Unable to connect at host=a password=geheim user=b",
        "Unable to connect at password='geheim' host=b",
        "Unable to connect at postgresql://me:geheim@host/db",
    ],
)
def test_no_message_shows_a_password(text):
    found = str(failure(duckdb.IOException(text), "open"))
    assert "geheim" not in found
    assert "Unable to connect" in found


def test_extensions_come_from_their_wheels():
    for name in ("ducklake", "sqlite_scanner", "httpfs", "postgres_scanner"):
        path = packaged_extension(name)
        assert path is not None
        with duckdb.connect() as connection:
            load_extension(connection, name)
    assert packaged_extension("no_such_extension") is None


def test_an_extension_that_duckdb_org_did_not_sign_is_refused(monkeypatch, tmp_path):
    """Although our connections take unsigned ones: their signature is checked beforehand."""
    path = packaged_extension("sqlite_scanner")
    assert path is not None
    forged = tmp_path / Path(path).name
    signed = Path(path).read_bytes()
    forged.write_bytes(signed[:-256] + bytes(256))  # a signature ends the file
    monkeypatch.setattr(extensions, "packaged_extension", lambda _name: str(forged))
    with (
        duckdb.connect(config={"allow_unsigned_extensions": True}) as connection,
        pytest.raises(WarehouseError, match="signature"),
    ):
        load_extension(connection, "sqlite_scanner")


def test_a_missing_extension_names_the_package(monkeypatch, tmp_path):
    monkeypatch.setattr(extensions, "packaged_extension", lambda _name: None)
    with duckdb.connect() as connection:
        connection.execute(f"SET extension_directory = '{tmp_path}'")
        # An address that refuses at once stands for a machine without a network.
        connection.execute("SET custom_extension_repository = 'http://127.0.0.1:9'")
        with pytest.raises(WarehouseError, match="pip install duckdb-extension-ducklake==1"):
            load_extension(connection, "ducklake")
