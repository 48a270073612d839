"""musicnn's port against the TensorFlow graph, and taggers as part of extraction."""

from __future__ import annotations

import ast
import importlib.util
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import threadpoolctl  # type: ignore[import-untyped]

from pipelines.features.analysis import Analysis
from pipelines.features.extract import extract, extract_track
from pipelines.features.tagger.excerpts import Listening, excerpts
from pipelines.features.tagger.labels import LABELS, kind
from pipelines.features.tagger.meaning import heard
from pipelines.features.tagger.model import Heard, Tag
from pipelines.features.tagger.musicnn import EXCERPTS, MusicnnTagger, load
from pipelines.features.tagger.network import FRAMES
from pipelines.features.tagger.registry import TAGGERS, load_tagger, tagger_id
from pipelines.features.tagger.spectrogram import log_mel, samples_for
from schemas.audio import Audio, Samples
from schemas.catalogue import TagKind
from schemas.errors import ContractError, TaggerError
from schemas.features import FEATURES, feature
from schemas.outcomes import NullReason
from tests.features import synth
from tests.golden.tagger_signals import SIGNALS, signal

GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "tagger.json").read_text())
PERCEPTUAL = [spec.name for spec in FEATURES if spec.group == "perceptual"]
SPEC = importlib.util.find_spec("musicnn")
needs_weights = pytest.mark.skipif(
    SPEC is None, reason="no weights here: pip install --no-deps musicnn==0.1.0"
)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """As in a worker: threads that share two cores with other tests only wait for each other."""
    with threadpoolctl.threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def tagger() -> MusicnnTagger:
    return load()


def package() -> Path:
    assert SPEC is not None
    assert SPEC.submodule_search_locations is not None
    return Path(SPEC.submodule_search_locations[0])


@needs_weights
@pytest.mark.parametrize("name", SIGNALS)
def test_port_equals_the_tensorflow_graph(tagger: MusicnnTagger, name: str) -> None:
    """Front end and networks together, against librosa and the original graphs."""
    patch = log_mel(signal(name)[4_096 : 4_096 + samples_for(FRAMES)])
    assert patch.mean() == pytest.approx(GOLDEN["patch_mean"][name], abs=1e-5)
    for vocabulary, network in tagger.networks.items():
        wanted = GOLDEN[f"{vocabulary}_musicnn"][name]
        np.testing.assert_allclose(network([patch])[0], wanted, rtol=0, atol=1e-5)


def test_golden_answers_tell_the_signals_apart() -> None:
    """A port that answered the same to everything could not pass."""
    assert len(SIGNALS) == 4
    for model in ("MTT_musicnn", "MSD_musicnn"):
        rows = np.array([GOLDEN[model][name] for name in SIGNALS])
        assert rows.shape == (4, 50)
        assert rows.max(axis=1).min() > 0.1
        assert np.abs(rows[:, None] - rows[None]).max(axis=2)[~np.eye(4, dtype=bool)].min() > 0.1


def test_log_mel_equals_librosa() -> None:
    import librosa

    made = signal("beat")
    mel = librosa.feature.melspectrogram(
        y=made, sr=16_000, n_fft=512, hop_length=256, n_mels=96, center=False
    )
    np.testing.assert_allclose(log_mel(made), np.log10(10_000 * mel.T + 1), rtol=0, atol=1e-5)


@needs_weights
def test_labels_are_the_packages() -> None:
    source = ast.parse((package() / "configuration.py").read_text())
    found = {
        target.id: ast.literal_eval(node.value)
        for node in source.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.endswith("_LABELS")
    }
    assert found == {f"{name}_LABELS": list(labels) for name, labels in LABELS.items()}


def test_each_label_is_of_a_kind() -> None:
    assert kind("House") is TagKind.GENRE
    assert kind("Mellow") is TagKind.MOOD
    assert kind("no vocals") is kind("female vocalists") is TagKind.VOCALS
    assert kind("cello") is TagKind.INSTRUMENT


@needs_weights
@pytest.mark.parametrize("file", [".index", ".data-00000-of-00001"])
def test_other_bytes_than_the_published_are_refused(tmp_path: Path, file: str) -> None:
    folder = Path(shutil.copytree(package() / "MTT_musicnn", tmp_path / "MTT_musicnn"))
    content = bytearray((folder / file).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / file).write_bytes(content)
    with pytest.raises(TaggerError, match=r"SHA-256 is [0-9a-f]{64}, not musicnn 0\.1\.0's"):
        _ = MusicnnTagger(tmp_path).networks


def test_missing_weights_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TaggerError, match=r"cannot be read .* --no-deps musicnn==0\.1\.0"):
        _ = MusicnnTagger(tmp_path).networks
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(TaggerError, match=r"pip install --no-deps musicnn==0\.1\.0"):
        load()


def test_registry_knows_its_names() -> None:
    assert tagger_id("") is None
    assert load_tagger("") is None
    assert tagger_id("musicnn") == TAGGERS["musicnn"].id
    with pytest.raises(ContractError, match=r"tagger: 'clap'; valid: musicnn"):
        load_tagger("clap")


def test_formulas() -> None:
    found = {name: np.full((2, 50), 1e-6, np.float32) for name in LABELS}

    def say(vocabulary: str, label: str, *probabilities: float) -> None:
        found[vocabulary][:, LABELS[vocabulary].index(label)] = probabilities

    say("MTT", "female vocal", 0.6, 0.1)
    say("MTT", "no vocals", 0.2, 0.1)
    say("MSD", "instrumental", 0.0, 0.3)
    say("MTT", "piano", 0.4, 0.2)
    say("MSD", "folk", 0.1, 0.1)
    say("MTT", "synth", 0.1, 0.1)
    say("MSD", "happy", 0.02, 0.04)
    say("MSD", "sad", 0.01, 0.01)
    told = heard(found)
    assert told.values == pytest.approx(
        {
            "instrumentalness": 1 - 0.6 / 0.8,
            "acousticness": 0.4 / 0.5,
            "valence": 0.03 / 0.04,
            "vocal_presence": (0.6 / 0.8 + 0.1 / 0.4) / 2,
        },
        abs=1e-4,
    )
    tags = {(tag.source, tag.term): tag.weight for tag in told.tags}
    assert tags == {
        ("tagger:musicnn:MTT", "female vocal"): 0.35,
        ("tagger:musicnn:MTT", "piano"): 0.3,
        ("tagger:musicnn:MTT", "no vocals"): 0.15,
        ("tagger:musicnn:MTT", "synth"): 0.1,
        ("tagger:musicnn:MSD", "instrumental"): 0.15,
        ("tagger:musicnn:MSD", "folk"): 0.1,
    }


def heard_in(audio: Audio, listening: Listening) -> Samples:
    return Analysis(audio).of(excerpts(listening))


def test_excerpts_are_spread_evenly() -> None:
    """In a tone that rises steadily, each excerpt has the pitch of its place."""
    times = synth.times(40)
    sweep = synth.audio(np.sin(2 * np.pi * (200 * times + 20 * times**2)))  # 200 + 40 t Hz
    found = heard_in(sweep, Listening(16_000, 16_000, 4, 1.0))
    assert found.shape == (4, 16_000)
    for place, excerpt in enumerate(found):
        crossings = np.count_nonzero(np.diff(np.signbit(excerpt))) / 2
        assert crossings == pytest.approx(200 + 40 * (5 + 10 * place), abs=3)


def test_an_excerpt_is_the_resampled_signal() -> None:
    """A sine comes out as that sine, to its first and last sample and at its place in time."""
    (found,) = heard_in(synth.audio(synth.sine(1_000, 8)), Listening(16_000, 48_128, 1, 3.0))
    angles = 2 * np.pi * 1_000 * np.arange(48_128) / 16_000
    basis = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    (sine, cosine), *_ = np.linalg.lstsq(basis, found, rcond=None)
    assert np.hypot(sine, cosine) == pytest.approx(0.3, abs=1e-3)
    assert np.abs(found - basis @ (sine, cosine)).max() < 1e-3
    start = np.arctan2(cosine, sine) / (2 * np.pi)  # in periods of 1 ms
    late = (start - 1_000 * (8 - 48_128 / 16_000) / 2 + 0.5) % 1 - 0.5
    assert abs(late) < 1_000 / 22_050


def test_audio_shorter_than_an_excerpt_is_repeated() -> None:
    found = heard_in(synth.audio(synth.sine(400, 0.5)), Listening(16_000, 32_000, 5, 0.1))
    assert found.shape == (1, 32_000)
    assert np.sqrt((found[0, -8_000:] ** 2).mean()) == pytest.approx(0.3 / np.sqrt(2), rel=0.05)


def test_excerpts_do_not_overlap_on_short_tracks() -> None:
    found = heard_in(synth.audio(synth.noise(7)), Listening(16_000, 48_000, 5, 1.0))
    assert len(found) == 2
    assert abs(np.corrcoef(found[0], found[1])[0, 1]) < 0.05


def test_without_a_tagger_nothing_is_guessed() -> None:
    song = synth.song(120, 0, True, 4)
    values = extract(song, ["perceptual"])
    assert values == dict.fromkeys(PERCEPTUAL, NullReason.NO_MODEL)
    assert extract_track(song, ["perceptual"]).tags == ()


@needs_weights
def test_musicnn_fills_its_features(tagger: MusicnnTagger) -> None:
    song = synth.song(120, 0, True, 20)
    track = extract_track(song, ["perceptual"], tagger=tagger)
    assert list(track.values) == PERCEPTUAL
    for name in tagger.features:
        value = track.values[name]
        assert isinstance(value, float)
        assert feature(name).minimum <= value <= feature(name).maximum
    assert track.values["speechiness"] is track.values["liveness"] is NullReason.NO_MODEL
    assert 2 <= len(track.tags) <= 10
    assert all(0.1 <= tag.weight <= 1 and tag.term == tag.raw.lower() for tag in track.tags)
    assert len(heard_in(song, tagger.listening)) == EXCERPTS
    assert extract_track(song, ["timbre"], tagger=tagger).tags == ()


@needs_weights
def test_null_rules_of_a_tagger(tagger: MusicnnTagger) -> None:
    silence = extract_track(synth.audio(np.zeros(5 * 44_100)), ["perceptual"], tagger=tagger)
    short = extract_track(synth.audio(synth.noise(2)), ["perceptual"], tagger=tagger)
    for name in tagger.features:
        assert silence.values[name] is NullReason.SILENT
        assert short.values[name] is NullReason.TOO_SHORT
    assert silence.tags == short.tags == ()


@needs_weights
def test_gain_and_swapped_channels_change_little(tagger: MusicnnTagger) -> None:
    left, right = synth.chords(0, True, 12), synth.drums(120, 12)
    as_it_is = extract(synth.audio(left, right), ["perceptual"], tagger=tagger)
    swapped = extract(synth.audio(right, left), ["perceptual"], tagger=tagger)
    for name in tagger.features:
        assert swapped[name] == pytest.approx(as_it_is[name], abs=1e-4)


class BandEnergies:
    """A tagger of another make, as an encoder with words would be: 48 kHz, excerpts of its own."""

    id, name = "bands-1", "bands"
    features = ("valence",)
    listening = Listening(48_000, 24_000, 3, 0.5)

    def hear(self, excerpts: Samples) -> Heard:
        spectrum = np.abs(np.fft.rfft(excerpts)).mean(axis=0)
        share = float(spectrum[2_000:].sum() / spectrum.sum())
        word = "bright" if share > 0.5 else "dark"
        return Heard({"valence": share}, (Tag(word, TagKind.OTHER, "tagger:bands:1", word, 0.5),))


def test_any_model_with_the_protocol_can_be_a_tagger() -> None:
    dark = extract_track(synth.audio(synth.sine(200, 3)), ["perceptual"], tagger=BandEnergies())
    bright = extract_track(synth.audio(synth.sine(6_000, 3)), ["perceptual"], tagger=BandEnergies())
    assert (dark.tags[0].term, bright.tags[0].term) == ("dark", "bright")
    assert dark.values["valence"] < 0.5 < bright.values["valence"]
    assert dark.values["acousticness"] is NullReason.NO_MODEL
