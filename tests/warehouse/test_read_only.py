"""Folders that cannot be written: a sentence, and nothing lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from warehouse.lake import Lake, Location


@pytest.fixture
def open_folder():
    """A folder that other users may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="wordtone-ro-"))
    folder.chmod(0o755)
    yield folder
    for path in (folder, *(p for p in folder.rglob("*") if p.is_dir())):
        path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("which", "message"),
    [("catalogue", "the catalogue is read-only"), ("data", "permission denied")],
)
def test_a_folder_that_became_read_only(open_folder, program, program_env, which, message):
    top = open_folder / "wh"
    location = Location(str(top / "catalogue.sqlite"), str(open_folder / "data"))
    command = program("read_only", location.catalogue, location.storage, which)
    done = subprocess.run(command, env=program_env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert message in lines[0]
    if which == "data":
        assert lines[1] == "1", "what is there can be read all the same"
    for path in (open_folder, *open_folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    with Lake.open(location) as lake:
        assert lake.query("SELECT track_id FROM tracks").to_pylist() == [{"track_id": "before"}]
    assert os.access(location.catalogue, os.W_OK)
