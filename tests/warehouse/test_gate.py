"""The gate: every asked track has a verdict with a reason, and unknown is not allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schemas.catalogue import RightsRow, ScoreRow, TrackRow
from schemas.errors import ContractError
from schemas.rights import Admission, Ground, Policy, Purpose, RightsLayer, Verdict, policies
from tests.warehouse.conftest import STAMP
from warehouse.gate import allows, load_policy, verdicts
from warehouse.lake import Lake
from warehouse.reader import WarehouseReader
from warehouse.store import Store

OPEN = load_policy("open")
NC = load_policy("noncommercial")
ALL = load_policy("all-known")


def right(
    track_id: str, spdx: str | None, layer: str = "recording", source: str = "x"
) -> RightsRow:
    return RightsRow(
        track_id=track_id,
        layer=RightsLayer(layer),
        source=source,
        raw=spdx or "whatever",
        spdx=spdx,
        evidence="a test",
    )


def judged(
    store: Store, policy: Policy, rows: list[RightsRow], track: TrackRow | None = None, **more: Any
) -> Verdict:
    """The verdict on one heard track with these statements."""
    track = track or TrackRow(track_id="t1", audio_hash="h1")
    store.write({"tracks": [track], "rights": rows, **more}, STAMP)
    with Lake.open(store.location, read_only=True) as lake:
        return verdicts(lake, policy, Purpose.TRAIN)["t1"]


@pytest.mark.parametrize(
    ("expression", "opened", "nc", "every"),
    [
        ("CC0-1.0", True, True, True),
        ("CC-PDM-1.0", True, True, True),
        ("LicenseRef-Public-Domain", True, True, True),
        ("CC-BY-4.0", True, True, True),
        ("CC-BY-3.0-US", True, True, True),
        ("LicenseRef-CC-BY-2.5-IT", True, True, True),
        ("CC-BY-SA-2.0-UK", True, True, True),
        ("LAL-1.3", True, True, True),
        ("GPL-2.0-or-later", True, True, True),
        ("GPL-2.0-or-later WITH Font-exception-2.0", True, True, True),
        ("MIT", True, True, True),
        ("CC-BY-NC-4.0", False, True, True),
        ("CC-BY-NC-SA-3.0-DE", False, True, True),
        ("LicenseRef-CC-BY-NC-SA-3.0-US", False, True, True),
        ("CC-BY-ND-4.0", False, False, True),
        ("CC-BY-NC-ND-3.0", False, False, True),
        ("LicenseRef-CC-BY-NC-ND-3.0-US", False, False, True),
        ("JSON", False, False, True),
        ("LicenseRef-Somebodys-Own", False, False, True),
        ("LicenseRef-All-Rights-Reserved", False, False, False),
        ("CC-BY-NC-4.0 OR GPL-3.0-only", True, True, True),
        ("CC-BY-NC-4.0 AND CC-BY-4.0", False, True, True),
        ("CC-BY-4.0 AND (CC-BY-ND-4.0 OR MIT)", True, True, True),
        ("CC-BY-4.0 OR LicenseRef-All-Rights-Reserved", True, True, True),
        ("no ( expression", False, False, False),
    ],
)
def test_what_policies_allow(expression: str, opened: bool, nc: bool, every: bool) -> None:
    for purpose in Purpose:
        found = [allows(policy, purpose, expression) for policy in (OPEN, NC, ALL)]
        assert found == [opened, nc, every]


def test_policies_are_dated_and_each_allows_what_the_stricter_does() -> None:
    assert list(policies()) == ["open", "noncommercial", "all-known"]
    assert all(
        policy.version[:4].isdigit() and policy.description for policy in policies().values()
    )
    for purpose in Purpose:
        assert OPEN.allowed[purpose] < NC.allowed[purpose] < ALL.allowed[purpose]
        for policy in policies().values():
            assert policy.allowed[purpose] <= {*policy.classes, "unclassified"}


def test_an_unknown_policy_names_the_nearest() -> None:
    with pytest.raises(ContractError, match=r"'opne': did you mean open\? valid are open, noncomm"):
        load_policy("opne")


@pytest.mark.parametrize(
    ("statements", "ground", "reason"),
    [
        ([], Ground.UNKNOWN, "recording: no licence stated"),
        ([None], Ground.UNKNOWN, "recording: licence not understood"),
        (["CC-BY-4.0"], Ground.ALLOWED, "recording: CC-BY-4.0"),
        (["CC-BY-4.0", None], Ground.ALLOWED, "recording: CC-BY-4.0"),
        (
            ["CC-BY-4.0", "CC-BY-NC-4.0"],
            Ground.FORBIDDEN,
            "recording: CC-BY-NC-4.0 not allowed by policy open for train",
        ),
    ],
)
def test_a_recording(
    store: Store, statements: list[str | None], ground: Ground, reason: str
) -> None:
    rows = [right("t1", spdx, source=f"s{i}") for i, spdx in enumerate(statements)]
    found = judged(store, OPEN, rows)
    assert (found.ground, found.reason) == (ground, reason)
    assert found.allowed is (ground is Ground.ALLOWED)
    assert found.layers == (RightsLayer.RECORDING,)


def test_every_stated_layer_must_pass(store: Store) -> None:
    rows = [right("t1", "CC-BY-4.0"), right("t1", "CC-BY-NC-SA-4.0", "text")]
    found = judged(store, OPEN, rows)
    assert (found.ground, found.layers) == (Ground.FORBIDDEN, (RightsLayer.TEXT,))
    assert judged(store, NC, rows).ground is Ground.ALLOWED


def test_a_set_without_audio_needs_its_features(store: Store) -> None:
    track = TrackRow(track_id="t1")
    assert judged(store, OPEN, [], track).reason == "features: no licence stated"
    rows = [right("t1", "LicenseRef-All-Rights-Reserved"), right("t1", "CC-BY-4.0", "features")]
    # Nothing of the recording is used.
    assert judged(store, OPEN, rows, track).reason == "features: CC-BY-4.0"
    unclear = judged(store, OPEN, [*rows, right("t1", None, "text")], track)
    assert (unclear.ground, unclear.reason) == (Ground.UNKNOWN, "text: licence not understood")


def test_a_score_alone_needs_its_composition(store: Store) -> None:
    score = ScoreRow(track_id="t1", source="x", uri="/a.mid", format="midi", file_hash="h")
    track = TrackRow(track_id="t1")
    found = judged(store, OPEN, [], track, scores=[score])
    assert found.reason == "composition: no licence stated"
    found = judged(store, OPEN, [right("t1", "CC0-1.0", "composition")], track, scores=[score])
    assert found.allowed


def test_unknown_is_let_in_only_when_asked_and_never_what_is_forbidden(store: Store) -> None:
    lenient = replace(OPEN, allow_unknown=True)
    found = judged(store, lenient, [])
    assert (found.allowed, found.ground) == (True, Ground.ALLOWED_UNKNOWN)
    assert found.reason == "recording: no licence stated"
    rows = [right("t1", None, "text"), right("t1", "LicenseRef-All-Rights-Reserved")]
    found = judged(store, lenient, rows)
    assert (found.allowed, found.ground) == (False, Ground.FORBIDDEN)


def test_every_asked_track_has_a_verdict(store: Store) -> None:
    judged(store, OPEN, [right("t1", "CC0-1.0")])
    with Lake.open(store.location, read_only=True) as lake:
        found = verdicts(lake, OPEN, Purpose.EXPORT, ["t1", "nowhere"])
        assert verdicts(lake, OPEN, Purpose.EXPORT, []) == {}
        assert set(verdicts(lake, OPEN, Purpose.EXPORT)) == {"t1"}
        with pytest.raises(ContractError, match="says nothing of export"):
            verdicts(lake, replace(OPEN, allowed={}), Purpose.EXPORT)
    assert found["t1"].allowed
    assert not found["nowhere"].allowed
    assert "no track of this id" in found["nowhere"].reason


def test_an_admission_counts_reasons() -> None:
    layers = (RightsLayer.RECORDING,)
    given = [Verdict(str(i), True, "r: MIT", layers, Ground.ALLOWED) for i in range(3)]
    given += [Verdict(str(i), False, f"r: {i // 2}", layers, Ground.UNKNOWN) for i in range(4)]
    found = Admission.of(OPEN, Purpose.TRAIN, given)
    assert (found.tracks, found.allowed) == (7, 3)
    assert found.counts == {Ground.ALLOWED: 3, Ground.UNKNOWN: 4}
    assert found.left_out == {"r: 0": 2, "r: 1": 2}


def test_the_reader_reads_what_the_policy_lets_in(store: Store, make: Any) -> None:
    ids = ["t1", "t2", "t3"]
    store.write(
        {
            "tracks": [TrackRow(track_id=i, audio_hash=i) for i in ids],
            "files": [make.file(f"/{i}", i) for i in ids],
            "features_rhythm": [make.features("rhythm", i, tempo_bpm=120.0) for i in ids],
            "tags": [make.tag(i, "jazz") for i in ids],
            "rights": [right("t1", "CC-BY-4.0"), right("t2", "CC-BY-NC-4.0")],
        },
        STAMP,
    )
    for policy, wanted in ((OPEN, ["t1"]), (replace(NC, allow_unknown=True), ids)):
        reader = WarehouseReader(store.location, policy=policy)
        assert [example.track_id for example in reader.training_examples()] == wanted
    assert reader.admission is not None
    assert reader.admission.let_in == {"recording: no licence stated": 1}
