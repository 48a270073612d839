"""The same pieces heard by others: librosa, Essentia, and musicnn for the styles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from benchmarks import _peers
from benchmarks._essentia import PEER, Essentia
from benchmarks._generation_adherence import NEAR
from benchmarks._generation_run import Outcome, spread
from benchmarks.figures import Figure
from schemas.errors import InputError

_OCTAVES = (0.5, 1.0, 2.0)
_LIBROSA, _MUSICNN = "librosa 0.11", "musicnn 0.1.0"

FAMILY_TAGS: dict[str, frozenset[str]] = {
    "electronic": frozenset(("electronic", "techno", "dance", "electronica", "House", "electro",
                             "synth")),
    "ambient": frozenset(("ambient", "new age", "chillout", "chill", "electronic", "Mellow")),
    "hip-hop": frozenset(("Hip-Hop", "rnb", "beat", "beats", "electronic")),
    "rock": frozenset(("rock", "alternative", "indie", "alternative rock", "classic rock",
                       "indie rock", "punk", "hard rock", "Progressive rock", "metal")),
    "metal": frozenset(("metal", "heavy metal", "hard rock", "rock")),
    "pop": frozenset(("pop", "indie pop", "indie", "dance", "80s", "easy listening", "catchy")),
    "soul-funk": frozenset(("soul", "funk", "rnb", "jazz", "blues")),
    "jazz": frozenset(("jazz", "blues", "instrumental", "easy listening")),
    "blues": frozenset(("blues", "jazz", "oldies", "classic rock", "60s")),
    "country-folk": frozenset(("country", "folk", "acoustic", "guitar")),
    "classical": frozenset(("classical", "classic", "strings", "opera", "choral", "choir")),
}  # fmt: skip
"""Family of styles.toml → tags of musicnn's two vocabularies that name such music; families for
which neither vocabulary has a word (latin, african, asian …) are not judged."""


def peer_figures(done: Sequence[Outcome], folder: Path) -> list[Figure]:
    """Tempo and key by Essentia, tempo, brightness and onsets by librosa."""
    clips = [folder / f"{one.ask.number:04d}.flac" for one in done]
    found = _tempi("librosa", _LIBROSA, done, [tempo for tempo, _ in _peers.librosa(clips)])
    found += _librosa_spectra(done, clips)
    try:
        tempi = [tempo for tempo, _ in _peers.essentia(clips)]
        with Essentia() as peer:
            keys = [peer.key(clip) for clip in clips]
    except InputError as error:
        return [*found, Figure("tempo_hit_essentia", None, "ratio", peer=PEER, note=str(error))]
    hits = [
        (pitch, major) == (one.ask.key % 12, int(one.ask.key < 12))
        for one, (pitch, major) in zip(done, keys, strict=True)
    ]
    found += _tempi("essentia", PEER, done, tempi)
    return [*found, Figure("key_hit_essentia", float(np.mean(hits)), "ratio", peer=PEER)]


def _tempi(name: str, peer: str, done: Sequence[Outcome], tempi: Sequence[float]) -> list[Figure]:
    ratios = [got / one.ask.values["tempo_bpm"] for one, got in zip(done, tempi, strict=True)]
    hit = [any(abs(ratio / octave - 1) <= NEAR for octave in _OCTAVES) for ratio in ratios]
    exact = [abs(ratio - 1) <= NEAR for ratio in ratios]
    return [
        Figure(f"tempo_hit_{name}", float(np.mean(hit)), "ratio", peer=peer),
        Figure(f"tempo_octave_exact_{name}", float(np.mean(exact)), "ratio", peer=peer),
    ]


def _librosa_spectra(done: Sequence[Outcome], clips: Sequence[Path]) -> list[Figure]:
    heard = spread(_librosa_of, clips)
    found = []
    for place, (name, figure) in enumerate(
        (("brightness_hz", "brightness_rho_librosa"), ("onset_rate_hz", "onset_rate_rho_librosa"))
    ):
        both = [
            (one.ask.values[name], values[place])
            for one, values in zip(done, heard, strict=True)
            if name in one.ask.values
        ]
        wanted, got = np.array(both).T
        rho = float(spearmanr(wanted, got).statistic)
        found.append(Figure(figure, rho, "rho", peer=_LIBROSA, note=f"n={len(both)}"))
    return found


def _librosa_of(clip: Path) -> tuple[float, float]:
    import librosa

    signal, rate = librosa.load(clip, sr=22_050)
    centroid = float(librosa.feature.spectral_centroid(y=signal, sr=rate).mean())
    onsets = len(librosa.onset.onset_detect(y=signal, sr=rate))
    return centroid, onsets / (len(signal) / rate)


def tagger_figures(quick: bool) -> list[Figure]:
    """Share of styles that get a tag of their family among musicnn's five strongest of each set."""
    from generation.sequencer.styles.library import entries
    from schemas.styles import style

    judged = [one for one in sorted(entries()) if style(one).family in FAMILY_TAGS]
    judged = judged[::12] if quick else judged
    tags = spread(_tags, judged)
    families = [style(one).family for one in judged]
    right = [bool(FAMILY_TAGS[f] & set(t)) for f, t in zip(families, tags, strict=True)]
    rng = np.random.default_rng(3)
    shuffled = [
        np.mean([bool(FAMILY_TAGS[f] & set(t))
                 for f, t in zip(rng.permutation(families), tags, strict=True)])
        for _ in range(200)
    ]  # fmt: skip
    missed = ", ".join(one for one, ok in zip(judged, right, strict=True) if not ok)
    return [
        Figure("tagger_family_top5", float(np.mean(right)), "ratio", ">= 0.60", peer=_MUSICNN,
               note=f"of {len(judged)} styles; missed: {missed[:200]}"),
        Figure("tagger_family_top5_shuffled", float(np.mean(shuffled)), "ratio", peer=_MUSICNN,
               note="the same tags against shuffled families"),
    ]  # fmt: skip


def _tags(style_id: str) -> list[str]:
    """The five strongest tags of each vocabulary."""
    from benchmarks._generation_requests import Ask
    from generation.sequencer.engine import Embedded
    from pipelines.features.analysis import Analysis
    from pipelines.features.tagger.excerpts import excerpts
    from pipelines.features.tagger.registry import load_tagger

    made = Embedded().generate(Ask(0, style_id, 9, {}).request(), 11)
    tagger = load_tagger("musicnn")
    assert tagger is not None
    kind = excerpts(tagger.listening)
    return [tag.raw for tag in tagger.hear(Analysis(made.mix, [kind]).of(kind)).tags]
