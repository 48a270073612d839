"""The registry: which mapping is in use after what, in the warehouse, on disk and for a service."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mapping.model import Mapping
from mapping.report.directions import PAIRS
from mapping.report.held import FILE, Held
from pipelines.current_model import FILE as POINTER
from pipelines.current_model import current_model, record_current
from pipelines.recalibrate import RecalibrateRequest, recalibrate
from pipelines.registry.ledger import read_ledger
from pipelines.registry.promotion import PromotionRefused, consider, mend, promote, rollback
from pipelines.train import TrainRequest
from schemas.errors import ArtifactError, EncoderError, InputError, NotTrainedError
from schemas.operations import ModelRow
from schemas.settings import Settings
from service import compose
from service.cli.report import write_mapping_page
from service.http.app import create_app
from service.report import models
from tests.mapping.test_comparison import held
from tests.warehouse.blank import blank
from tests.warehouse.catalogue import rows
from tests.warehouse.conftest import Rows
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location
from warehouse.store import Store

STAMP = RunStamp("r", "train", "a test")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings(home=tmp_path / "home")
    blank(Location.from_settings(found))
    return found


@pytest.fixture(autouse=True)
def few_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs of prompts cost seconds; tests/service/test_models.py asks all of them."""
    monkeypatch.setattr("mapping.report.directions.PAIRS", PAIRS[:2])


@pytest.fixture
def kept(settings: Settings, mapping: Mapping):
    """Keeps the mapping under a name, with held-out rows of that noise, as `train` does."""

    def keep(name: str, noise: float = 0.5, rows: Held | None = None) -> str:
        content = (rows or held(noise, names=mapping.features[:3])).to_bytes()
        again = Mapping(mapping.learned, mapping.manifest, mapping.encoder)
        again.beside[FILE] = content
        path = settings.models_path / f"2026010{name}-mapping"
        again.save(path)
        row = ModelRow(
            model_id=path.name, kind="mapping", path=str(path), snapshot=7,
            encoder=mapping.info.encoder, features=list(mapping.features), metrics="null",
            manifest_hash="h", trained_tracks=160, code="0", config="{}", data="null",
        )  # fmt: skip
        with Store(Location.from_settings(settings)) as store:
            store.write({"models": [row]}, STAMP)
        return path.name

    return keep


def train(settings: Settings, mapping: Mapping, name: str, promote_it: bool = True):
    return consider(settings, name, mapping, promote_it)


def actions(settings: Settings) -> list[tuple[str, str]]:
    with Lake.open(Location.from_settings(settings), read_only=True) as lake:
        rows = lake.query("SELECT action, model_id FROM promotions ORDER BY decided_at").to_pylist()
    return [(row["action"], row["model_id"][7:8]) for row in rows]


def test_the_first_is_promoted_and_the_next_if_it_is_no_worse(settings, mapping, kept) -> None:
    first = kept("1")
    assert train(settings, mapping, first).in_use == first
    better, worse = kept("2", 0.3), kept("3", 0.9)
    assert train(settings, mapping, better).in_use == better
    refused = train(settings, mapping, worse)
    assert (refused.in_use, refused.verdict.passed) == (better, False)
    assert any(reason.startswith("mean_r2") for reason in refused.verdict.reasons)
    assert current_model(settings) == compose.current_model(settings) == better
    assert actions(settings) == [("promoted", "1"), ("promoted", "2"), ("refused", "3")]
    states = {e.model_id: e.state for e in read_ledger(settings).entries}
    assert states == {first: "before", better: "current", worse: "refused"}


def test_the_gate_refuses_by_name_and_a_note_overrides_it(settings, mapping, kept) -> None:
    good = kept("1", 0.3)
    train(settings, mapping, good)
    bad = kept("2", 0.9)
    with pytest.raises(PromotionRefused, match=r"mean_r2: .* the current one has .*--force") as no:
        promote(settings, bad)
    assert no.value.exit_code == 1
    assert current_model(settings) == good
    with pytest.raises(InputError, match="--note: empty"):
        promote(settings, bad, " ")
    forced = promote(settings, "20260102", "the old licence has run out")
    assert (forced.in_use, forced.action) == (bad, "forced")
    with pytest.raises(InputError, match="in use already"):
        promote(settings, bad)
    told = models.show_text(read_ledger(settings).entry(bad))
    assert "the old licence has run out" in told
    assert "mean_r2" in told


def test_rollback_goes_back_step_by_step(settings, mapping, kept) -> None:
    names = []
    for i in (1, 2, 3):
        names.append(kept(str(i), 0.5 - i / 10))
        train(settings, mapping, names[-1])
    assert rollback(settings, "sounds dull").in_use == names[1]
    assert current_model(settings) == names[1]
    assert rollback(settings).in_use == names[0]
    with pytest.raises(InputError, match="no mapping to go back to"):
        rollback(settings)
    assert promote(settings, names[2]).in_use == names[2]
    assert rollback(settings).in_use == names[0]


def test_no_promote_keeps_what_is_in_use(settings, mapping, kept) -> None:
    first = kept("1")
    assert train(settings, mapping, first, promote_it=False) is None
    assert current_model(settings) is None
    with pytest.raises(NotTrainedError, match="wordtone models promote ID"):
        compose.load_mapping(settings)
    assert compose.load_mapping(settings, first).info == mapping.info
    train(settings, mapping, kept("2"))
    assert current_model(settings) == "20260102-mapping"


def test_a_home_from_before_there_was_a_registry(settings, mapping, kept) -> None:
    """Models, rows without the new columns, no table of promotions, no file."""
    old = [kept("1"), kept("2")]
    with Lake.open(Location.from_settings(settings)) as lake, lake.commit(STAMP):
        lake.execute("DROP TABLE promotions")
        lake.execute("DELETE FROM write_guards WHERE table_name = 'promotions'")
        for column in ("parent", "trained_tracks", "code", "config", "data"):
            lake.execute(f"ALTER TABLE models DROP COLUMN {column}")
        lake.execute("COMMENT ON VIEW music IS 'of an older version'")
    assert current_model(settings) == old[1]
    ledger = read_ledger(settings)
    assert (ledger.current, [e.model_id for e in ledger.entries]) == (old[1], old[::-1])
    assert models.listed(ledger)[0]["tracks"] is None
    assert "20260102" in models.list_text(models.listed(ledger))
    with pytest.raises(InputError, match="in use already"):
        promote(settings, old[1])
    assert train(settings, mapping, kept("3", 0.9)).in_use == old[1]
    assert actions(settings) == [("adopted", "2"), ("refused", "3")]
    assert current_model(settings) == old[1]


def test_a_mapping_from_before_there_were_held_out_rows(settings, mapping, kept) -> None:
    path = settings.models_path / "20260101-mapping"
    Mapping(mapping.learned, mapping.manifest, mapping.encoder).save(path)
    refused = train(settings, mapping, kept("2"))
    assert refused.verdict.reasons == (
        "mean_r2: cannot be compared; the current mapping has no held-out rows",
    )


def test_a_damaged_current_mapping_protects_nothing(settings, mapping, kept) -> None:
    first = kept("1", 0.3)
    train(settings, mapping, first)
    (settings.models_path / first / "text.json").write_text("{}")
    done = train(settings, mapping, kept("2", 0.9))
    assert done.in_use == "20260102-mapping"
    assert "cannot be loaded" in done.verdict.note


def test_a_missing_encoder_does_not_open_the_gate(settings, mapping, kept, monkeypatch) -> None:
    train(settings, mapping, kept("1", 0.3))

    def missing(*_: object, **__: object) -> Mapping:
        raise EncoderError("model.onnx: not here")

    monkeypatch.setattr(Mapping, "load", missing)
    done = train(settings, mapping, kept("2", 0.9))
    assert done.in_use == "20260101-mapping"
    assert any(reason.startswith("mean_r2") for reason in done.verdict.reasons)
    assert "an encoder is missing here" in done.verdict.comparison.notes[0]


def test_damaged_held_out_rows_are_none(settings, mapping, kept) -> None:
    train(settings, mapping, kept("1"))
    (settings.models_path / "20260101-mapping" / FILE).write_bytes(b"x")
    done = train(settings, mapping, kept("2", 0.3))
    assert "the current mapping has no held-out rows" in done.verdict.reasons[0]


def test_the_file_is_mended_from_the_warehouse(settings, mapping, kept) -> None:
    train(settings, mapping, kept("1"))
    train(settings, mapping, kept("2", 0.3))
    record_current(settings, "20260101-mapping")  # as if killed between commit and file
    assert mend(settings, read_ledger(settings))
    assert current_model(settings) == "20260102-mapping"
    assert not mend(settings, read_ledger(settings))


@pytest.mark.parametrize("text", ["", "[]", '{"model": 1}', '{"model_id": 3}'])
def test_a_file_that_is_none_of_ours(settings, kept, text: str) -> None:
    kept("1")
    (settings.home_path / POINTER).write_text(text)
    with pytest.raises(ArtifactError, match=POINTER):
        current_model(settings)


def test_a_mapping_that_was_deleted(settings, mapping, kept) -> None:
    train(settings, mapping, kept("1"))
    for file in (settings.models_path / "20260101-mapping").iterdir():
        file.unlink()
    with pytest.raises(ArtifactError, match=r"20260101-mapping.*wordtone models promote"):
        current_model(settings)
    assert read_ledger(settings).entries[0].state == "gone"
    with pytest.raises(InputError, match="no such model"):
        promote(settings, "nothing")


def test_a_mapping_of_elsewhere_is_moved_here(settings, mapping, tmp_path) -> None:
    """The catalogue's techno is a little faster, its drone slower than where it was learned."""
    mapping.save(tmp_path / "elsewhere")
    with Store(Location.from_settings(settings)) as store:
        store.write(rows(60, Rows(), tmp_path / "music"), STAMP)
    request = RecalibrateRequest(str(tmp_path / "elsewhere"), TrainRequest(promote=True))
    moved = recalibrate(settings, request)
    row = read_ledger(settings).entry(moved.path.name).row
    assert (row["parent"], row["snapshot"]) == ("elsewhere", moved.snapshot)
    assert current_model(settings) == moved.path.name
    told = json.loads(moved.mapping.read_beside("report.json"))["moved"]
    assert told["energy"]["labels"] == 48  # of 60 tracks, those with a licence
    assert told["energy"]["after"]["error"] < told["energy"]["before"]["error"]
    assert "energy" in models.moved_text(moved)
    out = tmp_path / "page.html"
    assert moved.path.name in write_mapping_page(settings, out, None)
    assert "recalibration" in out.read_text()
    # Nothing was held out: the next one is not compared, and does not take its place unasked.
    again = recalibrate(settings, replace(request, model=moved.path.name))
    assert "cannot be compared" in again.promotion.verdict.reasons[0]
    with pytest.raises(InputError, match="no mapping of that id and no folder"):
        recalibrate(settings, replace(request, model="nowhere"))


def test_a_damaged_folder_hides_no_other(settings, mapping, kept) -> None:
    train(settings, mapping, kept("1"))
    strange = settings.models_path / "20260109-copied"
    strange.mkdir()
    (strange / "manifest.json").write_text("{")
    assert [e.model_id[:8] for e in read_ledger(settings).entries] == ["20260109", "20260101"]
    assert "unreadable" in models.show_text(read_ledger(settings).entry("copied"))
    with pytest.raises(ArtifactError, match=r"manifest\.json"):
        promote(settings, "copied")


def test_a_shortened_id_that_names_two(settings, kept) -> None:
    kept("1"), kept("2")
    with pytest.raises(InputError, match="more than one model"):
        read_ledger(settings).entry("mapping")


def test_http_lists_models_and_serves_the_one_in_use(settings, mapping, kept) -> None:
    train(settings, mapping, kept("1"))
    train(settings, mapping, kept("2", 0.3))
    with TestClient(create_app(settings)) as client:
        found = client.get("/v1/models").json()
        assert [(row["model_id"][:8], row["state"]) for row in found] == [
            ("20260102", "current"),
            ("20260101", "before"),
        ]
        rollback(settings)
        assert client.get("/v1/models").json()[1]["state"] == "current"
        assert client.post("/v1/conditioning", json={"prompt": "techno"}).status_code == 200
    assert json.loads((settings.home_path / POINTER).read_text())["model_id"][:8] == "20260101"
