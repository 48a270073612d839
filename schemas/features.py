"""FEATURES: the one list of musical features that everything else derives from.

Conventions
- A frequency is in Hz, a level in dB with its reference named, a ratio in 0 … 1.
- `scale` says on which axis values are compared, averaged and normalised:
  linear | log2 (octaves: tempo, frequencies) | circular (pitch class, period 12).
- Frame features use librosa's framing: 22 050 Hz mono, 2 048-sample Hann frames, hop 512,
  centred, zero-padded; the value of a track is the mean over its frames unless named otherwise.
- A vector feature (`size` > 1) is stored as a list and named NAME_0 … NAME_{size-1} where scalars
  are needed. The 24 keys are C major … B major, then C minor … B minor.
- A missing value is null with a NullReason, never invented.

To add a feature: one entry here, and one function in `pipelines/features/` decorated with
`@measures("name")`. To change what a feature means, raise its `version`: it alone is measured
again on tracks that were measured before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Scale = Literal["linear", "log2", "circular"]
How = Literal["measured", "model", "imported"]


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """One feature: what it is, in which unit and range, and where its definition comes from.

    `minimum` and `maximum` bound every valid value (inclusive); the store refuses others.
    `typical` is the range in which music lies, used to normalise (0 … 1) and to draw sliders.
    `tolerance` is the largest accepted difference from the reference extractor, in `unit`
    (None: no reference exists, the definition is our own).
    """

    name: str
    group: str
    version: int
    unit: str
    minimum: float
    maximum: float
    scale: Scale
    description: str
    source: str
    how: How = "measured"
    size: int = 1
    typical: tuple[float, float] | None = None
    tolerance: float | None = None
    target: bool = False  # a default training target of the mapping


_LIBROSA = "librosa 0.11, McFee et al. 2015"
_BS1770 = "ITU-R BS.1770-4, EBU R 128"

# fmt: off
FEATURES: tuple[FeatureSpec, ...] = (
    # --- rhythm
    FeatureSpec("tempo_bpm", "rhythm", 2, "BPM", 30, 300, "log2",
                "tempo of the beat, chosen among the candidates",
                "conditional logit on correlations and spectra of onsets in bands, after Scheirer "
                "1998 and Peeters 2006",
                typical=(60, 200), target=True),
    FeatureSpec("tempo_confidence", "rhythm", 2, "ratio", 0, 1, "linear",
                "how clearly the onsets repeat: the comb of their autocorrelation over its median",
                "wordtone"),
    FeatureSpec("tempo_candidates", "rhythm", 2, "BPM", 30, 300, "log2",
                "up to three ranked tempi, the chosen one first; fewer when the music has fewer",
                "as tempo_bpm", size=3),
    FeatureSpec("tempo_candidate_weights", "rhythm", 2, "ratio", 0, 1, "linear",
                "probabilities of tempo_candidates relative to each other; sum 1",
                "as tempo_bpm", size=3),
    FeatureSpec("beat_strength", "rhythm", 2, "ratio", 0, 100, "linear",
                "mean onset strength on the beats over the mean of all frames",
                "wordtone; beats by dynamic programming, Ellis 2007", typical=(0.8, 5)),
    FeatureSpec("time_signature", "rhythm", 1, "beats", 3, 4, "linear",
                "beats a bar, 3 or 4; null where no bar could be told",
                "wordtone; accents of the beats, after Goto 2001"),
    FeatureSpec("downbeat_confidence", "rhythm", 1, "probability", 0, 1, "linear",
                "probability that the metre and the first beats of the bars are right",
                "as time_signature"),
    FeatureSpec("onset_rate_hz", "rhythm", 1, "Hz", 0, 43.1, "linear",
                "onsets per second, peaks of the onset strength envelope",
                _LIBROSA + " (onset strength); peak picking after Böck et al. 2012",
                typical=(0, 10), target=True),
    FeatureSpec("danceability", "rhythm", 2, "1", 0, 10, "linear",
                "inverse mean detrended-fluctuation exponent of the level curve; steady beats are "
                "high",
                "Streich & Herrera 2005", typical=(0.5, 3), target=True),
    # --- tonality
    FeatureSpec("key_probabilities", "tonality", 2, "probability", 0, 1, "linear",
                "probability of each of the 24 keys, C major … B major, C minor … B minor",
                "weights fitted to pitch classes, triads and the opening chord (features/keys.py)",
                size=24),
    FeatureSpec("key_pitch_class", "tonality", 2, "pitch class", 0, 11, "circular",
                "tonic of the most probable key, C = 0 … B = 11",
                "as key_probabilities"),
    FeatureSpec("key_mode", "tonality", 2, "1 major, 0 minor", 0, 1, "linear",
                "mode of the most probable key",
                "as key_probabilities", target=True),
    FeatureSpec("key_strength", "tonality", 2, "ratio", 0, 1, "linear",
                "correlation of the pitch classes with the profile of the most probable key, 0 "
                "when negative",
                "profile bgate (Faraldo et al. 2016)", typical=(0.2, 1)),
    FeatureSpec("chroma", "tonality", 2, "ratio", 0, 1, "linear",
                "share of each pitch class, C … B, in strong spectral peaks; sums to 1",
                "HPCP, Gómez 2006, 30–1200 Hz", size=12),
    FeatureSpec("tuning_cents", "tonality", 2, "cent", -50, 50, "linear",
                "deviation from A4 = 440 Hz",
                "circular mean over spectral peaks", typical=(-50, 50)),
    # --- loudness
    FeatureSpec("loudness_lufs", "loudness", 2, "LUFS", -70, 20, "linear",
                "integrated programme loudness, gated",
                _BS1770, typical=(-30, -5), tolerance=0.1, target=True),
    FeatureSpec("loudness_range_lu", "loudness", 1, "LU", 0, 70, "linear",
                "loudness range, 10–95 % of short-term loudness",
                "EBU Tech 3342", typical=(0, 20), target=True),
    FeatureSpec("true_peak_dbtp", "loudness", 2, "dBTP", -120, 40, "linear",
                "highest inter-sample peak, 16× oversampled",
                "ITU-R BS.1770-4 annex 2", typical=(-12, 2)),
    FeatureSpec("dynamic_complexity", "loudness", 1, "dB", 0, 60, "linear",
                "mean absolute deviation of the frame level from its mean",
                "Streich 2007", typical=(0, 12)),
    FeatureSpec("energy", "loudness", 2, "ratio", 0, 1, "linear",
                "perceived intensity from loudness, onset density, brightness and density of the "
                "spectrum; formula in docs/features.md",
                "wordtone", target=True),
    FeatureSpec("rms", "loudness", 1, "ratio", 0, 4, "linear",
                "root mean square of the frames",
                _LIBROSA, typical=(0, 0.4), tolerance=1e-6),
    # --- timbre
    FeatureSpec("brightness_hz", "timbre", 1, "Hz", 0, 11_025, "log2",
                "brightness: mean spectral centroid",
                _LIBROSA + " (spectral_centroid)",
                typical=(400, 5_000), tolerance=0.01, target=True),
    FeatureSpec("brightness_std_hz", "timbre", 1, "Hz", 0, 11_025, "log2",
                "standard deviation of the spectral centroid over frames",
                _LIBROSA + " (spectral_centroid)", typical=(100, 3_000), tolerance=0.01),
    FeatureSpec("bandwidth_hz", "timbre", 1, "Hz", 0, 11_025, "log2",
                "mean spectral bandwidth, second moment about the centroid",
                _LIBROSA + " (spectral_bandwidth)", typical=(500, 4_000), tolerance=0.01),
    FeatureSpec("rolloff_hz", "timbre", 1, "Hz", 0, 11_025, "log2",
                "mean frequency below which 85 % of the magnitude lies",
                _LIBROSA + " (spectral_rolloff)", typical=(500, 9_000), tolerance=0.5),
    FeatureSpec("flatness", "timbre", 1, "ratio", 0, 1, "linear",
                "mean spectral flatness: 0 tonal, 1 noise",
                _LIBROSA + " (spectral_flatness)",
                typical=(0, 0.3), tolerance=2e-5, target=True),
    FeatureSpec("contrast", "timbre", 1, "dB", 0, 120, "linear",
                "mean peak-to-valley contrast in 7 octave bands, from 0–200 Hz up",
                _LIBROSA + " (spectral_contrast)", size=7, typical=(5, 40), tolerance=0.002),
    FeatureSpec("zcr", "timbre", 1, "ratio", 0, 1, "linear",
                "mean zero-crossing rate per sample",
                _LIBROSA + " (zero_crossing_rate)", typical=(0, 0.3), tolerance=1e-6),
    FeatureSpec("mfcc_mean", "timbre", 1, "dB", -2_000, 2_000, "linear",
                "mean of 13 mel-frequency cepstral coefficients, 128 mel bands",
                _LIBROSA + " (mfcc)", size=13, typical=(-400, 250), tolerance=0.002),
    FeatureSpec("mfcc_std", "timbre", 1, "dB", 0, 2_000, "linear",
                "standard deviation of the 13 coefficients over frames",
                _LIBROSA + " (mfcc)", size=13, typical=(0, 150), tolerance=0.002),
    FeatureSpec("harmonic_ratio", "timbre", 2, "ratio", 0, 1, "linear",
                "share of mel power in the harmonic mask of a 9-tap median network",
                "after Fitzgerald 2010; on the mel spectrogram, so not librosa's hpss ratio",
                target=True),
    # --- structure
    FeatureSpec("section_count", "structure", 1, "sections", 1, 1_000, "linear",
                "number of sections; the sections themselves are in the table of that name",
                "novelty and penalised least squares, after Foote 2000 and Marmoret et al. 2023",
                typical=(1, 16)),
    FeatureSpec("section_label_count", "structure", 1, "labels", 1, 1_000, "linear",
                "number of different sections: 2 for the form A B A B",
                "as section_count", typical=(1, 10)),
    FeatureSpec("repetition_ratio", "structure", 1, "ratio", 0, 1, "linear",
                "share of the time in sections that occur more than once",
                "as section_count"),
    # --- perceptual: from a named model or imported, else null
    FeatureSpec("instrumentalness", "perceptual", 1, "ratio", 0, 1, "linear",
                "confidence that there are no vocals",
                "named model or import", "model"),
    FeatureSpec("acousticness", "perceptual", 1, "ratio", 0, 1, "linear",
                "confidence that the sources are acoustic",
                "named model or import", "model"),
    FeatureSpec("valence", "perceptual", 1, "ratio", 0, 1, "linear",
                "musical positiveness: 0 sad, 1 happy",
                "named model or import", "model"),
    FeatureSpec("vocal_presence", "perceptual", 1, "ratio", 0, 1, "linear",
                "how much of the track has vocals, by excerpts",
                "named model or import", "model"),
    FeatureSpec("speechiness", "perceptual", 1, "ratio", 0, 1, "linear",
                "presence of spoken words",
                "named model or import", "model"),
    FeatureSpec("liveness", "perceptual", 1, "ratio", 0, 1, "linear",
                "presence of an audience",
                "named model or import", "model"),
    # --- quality
    FeatureSpec("clip_ratio", "quality", 1, "ratio", 0, 1, "linear",
                "share of samples at or beyond 0.999 of full scale",
                "wordtone"),
    FeatureSpec("silence_ratio", "quality", 1, "ratio", 0, 1, "linear",
                "share of frames below -60 dBFS",
                "wordtone"),
    FeatureSpec("phase_correlation", "quality", 1, "ratio", -1, 1, "linear",
                "correlation of left and right; -1 cancels in mono",
                "correlation meter"),
    FeatureSpec("effective_bandwidth_hz", "quality", 2, "Hz", 0, 384_000, "log2",
                "highest frequency that carries signal: below Nyquist where a lossy or low-rate "
                "source was upsampled",
                "wordtone", typical=(4_000, 24_000)),
    FeatureSpec("duration_ratio", "quality", 1, "ratio", 0, 1_000, "linear",
                "decoded over declared duration; below 1 the file is truncated",
                "wordtone", typical=(0, 1)),
)
# fmt: on

KEY_NAMES: tuple[str, ...] = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


def key_name(pitch_class: int, mode: int) -> str:
    """Name of a key: `key_name(0, 0)` is "C minor". `mode` is 1 for major, 0 for minor."""
    return f"{KEY_NAMES[pitch_class % 12]} {'major' if mode else 'minor'}"


def feature(name: str, features: Iterable[FeatureSpec] = FEATURES) -> FeatureSpec:
    """The spec called `name`. Raises KeyError that lists the valid names."""
    for spec in (known := tuple(features)):
        if spec.name == name:
            return spec
    raise KeyError(f"unknown feature {name!r}; valid: {', '.join(s.name for s in known)}")


def groups(features: Iterable[FeatureSpec] = FEATURES) -> dict[str, tuple[FeatureSpec, ...]]:
    """Features by group, in the order of the list."""
    found: dict[str, list[FeatureSpec]] = {}
    for spec in features:
        found.setdefault(spec.group, []).append(spec)
    return {group: tuple(members) for group, members in found.items()}


def group_version(group: str, features: Iterable[FeatureSpec] = FEATURES) -> str:
    """Version of a group: changes whenever a feature joins, leaves or changes its version."""
    members = sorted(f"{s.name}:{s.version}:{s.size}" for s in features if s.group == group)
    return hashlib.blake2b("|".join(members).encode(), digest_size=6).hexdigest()


def feature_versions(group: str, features: Iterable[FeatureSpec] = FEATURES) -> dict[str, str]:
    """Feature of `group` → its version, with the size of a vector: "2", "1x13"."""
    return {
        s.name: str(s.version) if s.size == 1 else f"{s.version}x{s.size}"
        for s in features
        if s.group == group
    }


def component_names(spec: FeatureSpec) -> tuple[str, ...]:
    """Scalar names of a feature: itself, or NAME_0 … for a vector."""
    return (spec.name,) if spec.size == 1 else tuple(f"{spec.name}_{i}" for i in range(spec.size))


def targets(features: Iterable[FeatureSpec] = FEATURES) -> tuple[FeatureSpec, ...]:
    """Default training targets of the mapping, in vector order."""
    return tuple(spec for spec in features if spec.target)
