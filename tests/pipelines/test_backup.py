"""A backup holds every snapshot, goes to any kind of place, and is believed only when whole."""

from __future__ import annotations

import hashlib
import io
import os
import sqlite3
import subprocess
import sys
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.backup import archive
from pipelines.backup.restoring import check, restore
from pipelines.backup.rotation import drop_old, name_for
from pipelines.backup.saving import save
from pipelines.maintain import only_maintain
from schemas.errors import InputError, StorageError, WarehouseBusy, WarehouseError
from schemas.settings import Settings
from tests.servers import ObjectStore
from tests.service.conftest import WORDTONE, environment
from tests.warehouse.conftest import STAMP, Rows
from tests.warehouse.postgres import running_server
from warehouse import maintenance
from warehouse.lake import Lake, Location
from warehouse.maintenance import Keep
from warehouse.store import Store

NOW = datetime(2026, 5, 17, 12, 0, tzinfo=UTC)
TABLES = ("tracks", "tags", "music")


def quiet(share: float, what: str) -> None:
    assert share >= 0
    assert what


def filled(settings: Settings, commits: int = 3) -> Settings:
    make = Rows()
    with Store(Location.from_settings(settings)) as store:
        for n in range(commits):
            rows = [make.track(f"t{n}-{i}", title=f"{n}") for i in range(5)]
            store.write({"tracks": [*rows, make.track("shared", title=f"{n}")]}, STAMP)
    model = settings.models_path / "20260101T000000-mapping-1"
    model.mkdir(parents=True)
    (model / "manifest.json").write_text("{}")
    (settings.home_path / "current-model.json").write_text('{"model_id": null}')
    return settings


def history(settings: Settings) -> dict[int, list[object]]:
    """Snapshot → all its rows, of the newest four."""
    location, found = Location.from_settings(settings), {}
    with Lake.open(location, read_only=True) as lake:
        versions = [snapshot.version for snapshot in lake.snapshots()]
    for version in versions[-4:]:
        with Lake.open(location, read_only=True, as_of=version) as lake:
            found[version] = [
                lake.query(f"FROM {name} ORDER BY ALL").to_pylist() for name in TABLES
            ]
    return found


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Path]:
    """A warehouse with files that no snapshot reads any more, and its backup."""
    folder = tmp_path_factory.mktemp("original")
    settings = filled(Settings(home=folder / "home"))
    location = Location.from_settings(settings)
    maintenance.compact(
        location,
        next(t for t in maintenance.table_files(Lake.open(location)) if t.name == "tracks"),
        STAMP,
    )
    (folder / "home" / "warehouse" / "data" / "stray.parquet").write_bytes(b"of a killed writer")
    saved = save(settings, folder / "b.tar", generations=False, progress=quiet)
    assert saved.models == 1
    assert saved.path.stat().st_size == saved.bytes
    return settings, saved.path


def test_every_snapshot_comes_back(original: tuple[Settings, Path], tmp_path: Path) -> None:
    source, backup = original
    target = Settings(home=tmp_path / "elsewhere")
    found = restore(target, backup, quiet)
    assert history(target) == history(source)
    assert (found.tracks, found.failed) == (16, ())
    assert (target.models_path / "20260101T000000-mapping-1" / "manifest.json").is_file()
    assert not (target.home_path / "warehouse" / "data" / "stray.parquet").exists()
    assert sorted(p.name for p in target.home_path.iterdir()) == [
        "current-model.json", "models", "staging", "warehouse",
    ]  # fmt: skip
    with Store(Location.from_settings(target)) as store:  # and it goes on from there
        store.write({"tracks": [Rows().track("later")]}, STAMP)
    assert max(history(target)) == max(history(source)) + 1
    maintenance.expire(Location.from_settings(target), Keep(count=1), NOW)


def test_a_place_that_holds_something_is_left_alone(
    original: tuple[Settings, Path], tmp_path: Path
) -> None:
    source, backup = original
    before = sorted((p, p.stat().st_mtime_ns) for p in source.home_path.rglob("*.parquet"))
    with pytest.raises(InputError, match="there is a warehouse at"):
        restore(source, backup, quiet)
    assert sorted((p, p.stat().st_mtime_ns) for p in source.home_path.rglob("*.parquet")) == before
    for name in ("warehouse/data/main/x.parquet", "models/m/manifest.json", "current-model.json"):
        home = tmp_path / name.replace("/", "-")
        (home / name).parent.mkdir(parents=True)
        (home / name).write_text("mine")
        with pytest.raises(InputError, match="already; restore into an empty place"):
            restore(Settings(home=home), backup, quiet)
        assert (home / name).read_text() == "mine"
        assert not (home / "warehouse" / "catalogue.sqlite").exists()


def test_what_fails_half_way_leaves_nothing(
    original: tuple[Settings, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills up, or Ctrl-C, at the last step and at an early one."""
    home = tmp_path / "home"
    for place in ("put_in_place", "_unpack"):
        for error in (StorageError("the disk is full"), KeyboardInterrupt()):

            def fails(*_: object, error: BaseException = error) -> None:
                raise error

            with monkeypatch.context() as patch:
                patch.setattr(f"pipelines.backup.restoring.{place}", fails)
                with pytest.raises(type(error)):
                    restore(Settings(home=home), original[1], quiet)
            left = [p for p in home.rglob("*") if p.is_file() and p.name != "maintain.lock"]
            assert left == []
    assert restore(Settings(home=home), original[1], quiet).tracks == 16


def test_every_cut_and_every_changed_byte_is_seen(
    original: tuple[Settings, Path], tmp_path: Path
) -> None:
    whole = original[1].read_bytes()
    damaged = tmp_path / "damaged.tar"
    for cut in (0, 100, 512, len(whole) // 3, len(whole) // 2, whole.rindex(b"sums.json")):
        damaged.write_bytes(whole[:cut])
        with pytest.raises(InputError, match=str(damaged)):
            check(damaged, quiet)
    # Within what members hold; the tar around them is padded with bytes that mean nothing.
    for name, info in _places(original[1]).items():
        at = info.offset_data + info.size // 2
        damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(InputError, match=r"damaged\.tar"):
            check(damaged, quiet)
        assert name


def _places(path: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(path) as tar:
        return {info.name: info for info in tar if info.size}


def rewritten(source: Path, target: Path, *extra: tuple[tarfile.TarInfo, bytes]) -> Path:
    """The same archive with members added, and sums that agree with all of it."""
    with archive.writing(target, lambda _: None) as writer:
        for name, size, content in archive.members(source):
            if name != archive.SUMS:
                writer.add(name, size, content)
        for info, data in extra:
            writer._tar.addfile(info, io.BytesIO(data))
            writer._sums[info.name] = archive.Held(len(data), hashlib.sha256(data).hexdigest())
    return target


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../evil", tarfile.REGTYPE),
        ("data/../../evil", tarfile.REGTYPE),
        ("/etc/evil", tarfile.REGTYPE),
        ("data//evil", tarfile.REGTYPE),
        ("data/.hidden", tarfile.REGTYPE),
        ("data/a\nb", tarfile.REGTYPE),
        ("staging/x", tarfile.REGTYPE),
        ("data/link", tarfile.SYMTYPE),
        ("data/hard", tarfile.LNKTYPE),
        ("data/dir", tarfile.DIRTYPE),
        ("data/device", tarfile.CHRTYPE),
    ],
)
def test_hostile_members_are_refused(
    original: tuple[Settings, Path], tmp_path: Path, name: str, kind: bytes
) -> None:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    evil = rewritten(original[1], tmp_path / "evil.tar", (info, b""))
    with pytest.raises(InputError, match="has no place in a backup"):
        restore(Settings(home=tmp_path / "home"), evil, quiet)
    assert not list(tmp_path.rglob("evil"))


def test_a_catalogue_that_reaches_out_is_refused(
    original: tuple[Settings, Path], tmp_path: Path
) -> None:
    """Sums can be made to agree; so what a catalogue names is held against the archive."""
    stray = tarfile.TarInfo("data/main/tracks/stray.parquet")
    stray.size = 1
    odd = rewritten(original[1], tmp_path / "odd.tar", (stray, b"x"))
    with pytest.raises(InputError, match=r"stray.parquet does not agree with its catalogue"):
        check(odd, quiet)
    home = tmp_path / "home"
    restore(Settings(home=home), original[1], quiet)
    with sqlite3.connect(home / "warehouse" / "catalogue.sqlite") as catalogue:
        catalogue.execute("UPDATE ducklake_data_file SET path = '../../../etc/passwd'")
    catalogue.close()
    with pytest.raises(WarehouseError, match="not below the warehouse's data folder"):
        save(Settings(home=home), tmp_path / "c.tar", generations=False, progress=quiet)
    assert not (tmp_path / "c.tar").exists()


def test_what_cannot_be_saved_leaves_no_file(
    original: tuple[Settings, Path], tmp_path: Path
) -> None:
    source, backup = original
    with pytest.raises(InputError, match="never replaces another"):
        save(source, backup, generations=False, progress=quiet)
    with pytest.raises(WarehouseError, match="no warehouse at"):
        save(
            Settings(home=tmp_path / "none"), tmp_path / "b.tar", generations=False, progress=quiet
        )
    with only_maintain(source), pytest.raises(WarehouseBusy, match="try again when it ends"):
        save(source, tmp_path / "b.tar", generations=False, progress=quiet)
    home = tmp_path / "home"
    restore(Settings(home=home), backup, quiet)
    gone = next((home / "warehouse" / "data").rglob("*.parquet"))
    gone.unlink()
    with pytest.raises(StorageError, match=f"{gone.name} is missing"):
        save(Settings(home=home), tmp_path / "b.tar", generations=False, progress=quiet)
    assert [p.name for p in tmp_path.iterdir() if "tar" in p.name] == []


@pytest.mark.slow
def test_the_commands(original: tuple[Settings, Path], tmp_path: Path) -> None:
    def wordtone(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [WORDTONE, *arguments],
            env=environment(home),
            capture_output=True,
            text=True,
            check=False,
        )

    file = str(tmp_path / "b.tar")
    saved = wordtone(original[0].home_path, "backup", file)
    assert saved.returncode == 0, saved.stderr
    assert "1 models" in saved.stdout
    assert "whole" in wordtone(tmp_path / "new", "restore", file, "--check").stdout
    assert not (tmp_path / "new" / "warehouse").exists()
    back = wordtone(tmp_path / "new", "restore", file)
    assert "16 tracks" in back.stdout
    assert "every audit passes" in back.stdout
    (tmp_path / "folder").mkdir()
    kept = wordtone(tmp_path / "new", "backup", str(tmp_path / "folder"), "--keep", "1")
    assert kept.returncode == 0, kept.stderr
    assert wordtone(tmp_path / "new", "backup", file + "2", "--keep", "1").returncode == 2
    again = wordtone(tmp_path / "new", "restore", file)
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    assert "there is a warehouse" in again.stderr


def test_the_newest_backups_of_a_folder_stay(tmp_path: Path) -> None:
    first = datetime(2026, 5, 17, 23, 59, 58, tzinfo=UTC)
    names = [name_for(first + timedelta(seconds=n)) for n in range(4)]
    assert names == sorted(names)
    for name in (*names, "wordtone-mine.tar", "old.tar"):
        (tmp_path / name).touch()
    assert [path.name for path in drop_old(tmp_path, 3)] == names[:1]
    assert drop_old(tmp_path, 3) == []
    assert {path.name for path in tmp_path.iterdir()} == {
        *names[1:], "wordtone-mine.tar", "old.tar",
    }  # fmt: skip


@pytest.mark.slow
def test_a_backup_beside_writers_is_one_moment(tmp_path: Path) -> None:
    """Tracks and tags that are committed together are both in a backup, or neither is."""
    settings = filled(Settings(home=tmp_path / "home"), commits=1)
    program = (
        "import sys\n"
        "from tests.warehouse.conftest import STAMP, Rows\n"
        "from warehouse.lake import Location\n"
        "from warehouse.store import Store\n"
        "make = Rows()\n"
        f"with Store(Location({Location.from_settings(settings).catalogue!r}, "
        f"{Location.from_settings(settings).storage!r})) as store:\n"
        "    for n in range(40):\n"
        "        store.write({'tracks': [make.track(f'w{n}')], 'tags': [make.tag(f'w{n}', 'x')]},"
        " STAMP)\n"
        "        print(n, flush=True)\n"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=root, stdout=subprocess.PIPE, env=dict(os.environ)
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        counts = []
        for n in range(4):
            save(settings, tmp_path / f"{n}.tar", generations=False, progress=quiet)
            target = Settings(home=tmp_path / f"home{n}")
            found = restore(target, tmp_path / f"{n}.tar", quiet)
            assert found.failed == ()
            with Lake.open(Location.from_settings(target), read_only=True) as lake:
                sql = "SELECT count(*) AS n FROM tracks ANTI JOIN tags USING (track_id)"
                counts.append(lake.query(f"{sql} WHERE track_id LIKE 'w%'")["n"].to_pylist())
        assert counts == [[0]] * 4
        assert writer.wait(120) == 0


@pytest.mark.slow
def test_from_files_to_servers_and_back(
    original: tuple[Settings, Path],
    tmp_path: Path,
    object_store: ObjectStore,
    store_environ: None,
) -> None:
    """SQLite and a folder → PostgreSQL and an object store → SQLite and a folder."""
    source, backup = original
    object_store.put("backups/mark", b"")
    with running_server() as server:
        far = Settings(
            home=tmp_path / "far",
            catalogue=server.catalogue("restored"),
            storage="s3://backups/lake",
        )
        assert restore(far, backup, quiet).tracks == 16
        assert history(far) == history(source)
        with pytest.raises(InputError, match="there is a warehouse at the PostgreSQL catalogue"):
            restore(far, backup, quiet)
        save(far, tmp_path / "far.tar", generations=False, progress=quiet)
        with Store(Location.from_settings(far)) as store:
            store.write({"tracks": [Rows().track("later")]}, STAMP)
    near = Settings(home=tmp_path / "near")
    restore(near, tmp_path / "far.tar", quiet)
    assert history(near) == history(source)
