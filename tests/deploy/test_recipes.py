"""The recipes of deploy/: as sound as linters can tell, and of the project as it is."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from service.cli.main import COMMANDS, LazyGroup

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CONTAINERFILE = DEPLOY / "Containerfile"
UNITS = sorted(DEPLOY.glob("*.service")) + sorted(DEPLOY.glob("*.timer"))
EXPOSURE = 20
"""Of 100, by systemd's own count: 0 has no rights at all, 96 is a unit that says nothing."""

HADOLINT = shutil.which("hadolint", path=str(Path(sys.executable).parent))
SYSTEMD = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(SYSTEMD is None, reason="no systemd-analyze on this machine")


def pins(lock: str) -> set[tuple[str, str]]:
    text = (ROOT / lock).read_text()
    return set(re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE))


@pytest.mark.skipif(HADOLINT is None, reason="hadolint has no build for this machine")
def test_the_container_recipe_is_clean(tmp_path: Path) -> None:
    assert HADOLINT is not None
    done = subprocess.run([HADOLINT, CONTAINERFILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    worse = tmp_path / "Containerfile"
    worse.write_text(CONTAINERFILE.read_text().replace("-slim-bookworm", ":latest", 1))
    assert subprocess.run([HADOLINT, worse], capture_output=True, check=False).returncode != 0


def test_the_container_holds_every_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    text = CONTAINERFILE.read_text()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    sources = {name for line in copied for name in line.split()}
    assert {name.partition("/")[0] for name in wheel} <= sources
    assert {name for name in sources if not (ROOT / name).exists()} == set()
    assert "USER 10001:10001" in text


def test_its_lock_is_a_part_of_the_whole_one() -> None:
    service, whole = pins("requirements-service.lock"), pins("requirements.lock")
    assert len(service) > 100
    assert service <= whole
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    names = {re.split(r"[\[<>=!~ ;]", one)[0] for one in project["project"]["dependencies"]}
    locked = {name for name, _ in service}
    assert {name.lower() for name in names} <= locked
    assert not {"pytest", "mypy", "ruff", "playwright"} & locked


def test_what_the_recipes_run_are_our_commands() -> None:
    text = CONTAINERFILE.read_text()
    command = re.search(r"^CMD (\[.+\])$", text, re.MULTILINE)
    assert command
    runs = [json.loads(command[1])]
    for unit in UNITS:
        runs += [shlex.split(line)[1:] for line in _values(unit, "ExecStart")]
    assert len(runs) == 3
    group = LazyGroup("wordtone")
    for name, *arguments in runs:
        assert name in COMMANDS
        found = group.get_command(click.Context(group), name)
        assert found is not None
        found.make_context(name, [re.sub(r"^/var/.*", "x", one) for one in arguments])


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_accepts_the_unit(unit: Path, tmp_path: Path) -> None:
    for one in UNITS:  # a timer is held against its service
        text = one.read_text().replace("/opt/wordtone/bin/wordtone", "/bin/true")
        (tmp_path / one.name).write_text(text.replace("file:/opt/wordtone/docs/", "file:/"))
    done = _systemd("verify", "--man=no", str(tmp_path / unit.name))
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / unit.name).write_text((tmp_path / unit.name).read_text() + "\nMisspelt=yes\n")
    assert "Misspelt" in _systemd("verify", "--man=no", str(tmp_path / unit.name)).stderr


@needs_systemd
def test_the_service_has_few_rights() -> None:
    unit = DEPLOY / "wordtone.service"
    done = _systemd("security", "--offline=yes", f"--threshold={EXPOSURE}", str(unit))
    assert done.returncode == 0, done.stdout


def _systemd(*arguments: str) -> subprocess.CompletedProcess[str]:
    assert SYSTEMD is not None
    return subprocess.run([SYSTEMD, *arguments], capture_output=True, text=True, check=False)


def _values(unit: Path, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.+)$", unit.read_text(), re.MULTILINE)
