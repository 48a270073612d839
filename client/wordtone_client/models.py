"""The service's documents; written by `./dev docs` from openapi.json."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field
from wordtone_client.document import Document


class Adherence(Document):
    """
    How often one engine or style met one feature.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    group: str
    feature: str
    count: int
    hits: int
    low: float
    """
    the share of hits is above this at 95 % …
    """
    high: float
    """
    … and below this
    """
    bias: float | None
    """
    median of measured less asked, on 0 … 1
    """


class AnalysisMeta(Document):
    model_config = ConfigDict(
        extra="allow",
    )
    analyzer_version: str
    platform: str
    detailed_status: str
    status_code: int


class AnalysisSection(Document):
    model_config = ConfigDict(
        extra="allow",
    )
    start: float
    duration: float
    confidence: float | None
    loudness: float | None
    tempo: float | None
    tempo_confidence: float | None
    key: int
    key_confidence: float | None
    mode: int | None
    mode_confidence: float | None
    time_signature: int | None
    time_signature_confidence: float | None


class AnalysisSegment(Document):
    """
    A stretch of steady sound; loudness in dB, times in s from its start.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    start: float
    duration: float
    confidence: float | None
    loudness_start: float
    loudness_max: float
    loudness_max_time: float
    loudness_end: float
    pitches: list[float]
    timbre: list[float]


class AnalysisTrack(Document):
    model_config = ConfigDict(
        extra="allow",
    )
    num_samples: int
    duration: float | None
    sample_md5: str
    """
    empty, as there
    """
    offset_seconds: int
    window_seconds: int
    analysis_sample_rate: int
    analysis_channels: int
    loudness: float | None
    tempo: float | None
    tempo_confidence: float | None
    time_signature: int | None
    time_signature_confidence: float | None
    key: int
    key_confidence: float | None
    mode: int | None
    mode_confidence: float | None


class AudioFeatures(Document):
    """
    A track's audio features; null where there is no value.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    danceability: float | None
    energy: float | None
    key: int
    """
    pitch class; -1 where there is no key
    """
    loudness: float | None
    """
    dB
    """
    mode: int | None
    """
    1 major, 0 minor
    """
    speechiness: float | None
    acousticness: float | None
    instrumentalness: float | None
    liveness: float | None
    valence: float | None
    tempo: float | None
    """
    BPM
    """
    type: Literal["audio_features"]
    id: str
    uri: str
    track_href: str
    analysis_url: str
    duration_ms: int
    time_signature: int | None


class AudioFile(Document):
    path: str
    sample_rate_hz: int
    channels: int
    duration_s: float
    stem: str | None = None
    """
    null for the mix
    """


class AudioReport(Document):
    """
    The audio as it was decoded.
    """

    duration_s: float
    sample_rate_hz: int
    channels: int
    codec: str | None
    audio_hash: str
    """
    of the decoded samples: copies in other files share it
    """


class BeatTimes(Document):
    model_config = ConfigDict(
        extra="allow",
    )
    count: int
    times_s: list[float]
    downbeats: list[int]
    """
    indexes of beats that begin a bar
    """


class BeatsReport(Document):
    count: int
    times_s: list[float]
    downbeats: list[int]
    """
    positions in times_s, from 0, of the first beat of each bar
    """


class Candidate(Document):
    """
    One of several tries, before one was chosen.
    """

    seed: int
    score: float
    """
    share of what was asked that it met, softly: 1 all of it
    """
    hits: int
    asked: int


class Change(Document):
    """
    What would become of a feature's median, in its unit.
    """

    feature: str
    towards: Literal["low", "high"]
    before: float | None = None
    """
    null where the mapping does not know it
    """
    after: float | None = None


class Chord(Document):
    start_s: float
    symbol: str
    """
    as in "Cm7", or "N" for none
    """


class ComparisonQuestion(Document):
    """
    A listener's choice between two pieces.
    """

    winner: str
    """
    id of the better one
    """
    loser: str
    tied: bool = False
    """
    they cannot be told apart; which is which says nothing
    """
    reviewer: str | None = None
    """
    default: the name of the token
    """
    criterion: str = "overall"
    note: str | None = None


class ConditioningQuestion(Document):
    """
    A prompt, what is stated beside it, and how the answer is drawn.
    """

    prompt: str
    bpm: float | None = None
    """
    30 … 300
    """
    key: str | None = None
    """
    as in C minor, F#m, c-moll
    """
    duration_s: float | None = None
    """
    above 0, at most 3600
    """
    vocals: Literal["on", "off", "open"] | None = None
    """
    open: the prompt's word is ignored; null: it decides
    """
    samples: int = 0
    """
    joint samples to draw, 0 … 1000
    """
    seed: int | None = None
    """
    of the samples, and of the engine
    """
    sides: dict[str, int] = {}
    """
    name → the side of it that is meant
    """
    senses: dict[str, str] = {}
    """
    ambiguous word → its sense
    """
    locks: dict[str, float] = {}
    """
    feature → the value it must have
    """


class Corrected(Document):
    model_config = ConfigDict(
        extra="allow",
    )
    snapshot: int
    """
    the first that shows it
    """


class Correction(Document):
    """
    A person's word on a value.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    track_id: str
    title: str | None
    metric: str
    """
    the feature
    """
    value: float
    note: str
    author: str
    recorded_at: AwareDatetime
    withdrawn_at: AwareDatetime | None
    """
    when it was taken back; null: it counts
    """


class CorrectionQuestion(Document):
    """
    Values that win over every measurement and import of a track until they are taken back.
    """

    values: Annotated[dict[str, float | str], Field(min_length=1)]
    """
    feature → value in its unit; {"key": "C minor"} stands for tonic and mode
    """
    note: str
    """
    why
    """
    author: str
    """
    who says so
    """


class Dispute(Document):
    """
    The extractor against listeners on one feature, one vote a generation.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    feature: str
    both_right: int
    both_wrong: int
    only_extractor: int
    only_listeners: int
    kappa: float | None
    examples: list[str]


class Effect(Document):
    """
    A treatment of the sound: "reverb", "distortion", "sidechain".
    """

    id: str
    presence: Literal["absent", "light", "present", "heavy"] = "present"


class EngineRating(Document):
    """
    Ratings of an engine's pieces, 0 … 1; `low` and `high` bound the mean at 95 %.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    engine: str
    mean: float
    low: float
    high: float
    generations: int
    listeners: int


class Event(Document):
    """
    Something that happens at a place: "guitar solo", "drop", "fade out".
    """

    name: str
    start_s: float | None = None
    duration_s: float | None = None


class EvidenceTrack(Document):
    """
    A catalogue track that the prediction rests on.
    """

    track_id: str
    title: str | None = None
    artist: str | None = None
    licence: str | None = None
    """
    SPDX expression, or the start of the text
    """
    origin: str | None = None
    """
    "recording", or "score_render": played by a program, and no recording
    """
    weight: float
    text: str = ""


class ExampleTrack(Document):
    track_id: str
    title: str | None = None
    licence: str | None = None
    """
    SPDX expression, or the start of the text
    """


class FeatureChange(Document):
    """
    One feature before and after, in `unit`.
    """

    feature: str
    unit: str
    before: float
    after: float
    deviations: float
    """
    the change in standard deviations of the catalogue
    """
    why: str
    """
    "asked: darker", or "follows brightness_hz"
    """


class FeatureResult(Document):
    """
    What became of one asked feature, in its unit; of the key, as words ("C minor").

    `clamped_from` is what was asked where the engine could only aim for another value: it is then
    judged by what was asked all the same.
    """

    feature: str
    """
    a feature's name, or "key"
    """
    asked: float | str | None
    applied: Literal["native", "prompt", "rerank", "postfix", "ignored"]
    """
    How an engine took a condition.
    """
    aimed: float | str | None = None
    """
    what the engine aimed for
    """
    clamped_from: float | str | None = None
    measured: float | str | None = None
    tolerance: float | None = None
    """
    accepted deviation, in the unit
    """
    hit: bool | None = None
    """
    null when it was not measured, or nothing asked
    """
    corrected: str | None = None
    """
    what was done afterwards: "stretched +3.1 %"
    """
    note: str = ""


class FeatureSpread(Document):
    """
    Where a feature lies among the tracks of a reference, in `unit`: middle, p05 and p95.
    """

    value: float
    low: float
    high: float
    unit: str


class FeatureValue(Document):
    """
    A feature of a track.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    value: float | list[float] | None
    unit: str
    source: str | None
    """
    who measured, stated or imported it
    """
    null_reason: str | None
    """
    why there is no value
    """


class Health(Document):
    model_config = ConfigDict(
        extra="allow",
    )
    status: str


class HeardNote(Document):
    """
    One note: as it sounded, and as it was meant.
    """

    start_s: float
    end_s: float
    pitch: int
    """
    the semitone that is meant, in its own tuning
    """
    sounded: float
    """
    fractional MIDI number at A4 = 440 Hz
    """
    velocity: int
    confidence: float
    start_beat: float | None = None
    """
    on the grid; null where there is no tempo
    """
    beats: float | None = None
    """
    length on the grid
    """


class Hit(Document):
    """
    A track that a search found.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    rank: int
    track_id: str
    title: str | None = None
    artist: str | None = None
    album: str | None = None
    score: float
    words: list[str] | None = None
    """
    words of the query that it has
    """
    similarity: float | None = None
    """
    cosine of the meanings
    """
    tempo_bpm: float | None = None
    key: str | None = None
    licence: str | None = None
    uri: str | None = None


class Instrument(Document):
    id: str
    presence: Literal["present", "absent", "prominent"] = "present"


class Interval(Document):
    """
    A bar, beat or tatum; s.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    start: float
    duration: float
    confidence: float | None


class KeyCandidate(Document):
    name: str
    """
    as "C minor"
    """
    pitch_class: int
    mode: int
    """
    1 major, 0 minor
    """
    probability: float


class KeyReport(Document):
    """
    The most probable key and the one after it.
    """

    best: KeyCandidate
    runner_up: KeyCandidate
    strength: float | None


class LegendEntry(Document):
    model_config = ConfigDict(
        extra="allow",
    )
    name: str
    colour: str
    """
    s0 … s8 from little to much, c0 … c7, other, or unknown
    """
    shape: str
    """
    outline about (0, 0) as an SVG path
    """
    tracks: int


class ListenersAgree(Document):
    """
    Krippendorff's alpha of one question; null below two pairs of words.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    what: str
    alpha: float | None
    units: int
    listeners: int


class MapColour(Document):
    """
    What points are coloured by; of a feature, `low` and `high` are the scale's ends.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    name: str
    title: str
    unit: str
    sequential: bool
    low: str
    high: str
    legend: list[LegendEntry]


class MapPoint(Document):
    """
    A track; x and y are 0 … 1, y upwards.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    track_id: str
    x: float
    y: float
    title: str
    artist: str
    group: int
    """
    place of its entry in the legend
    """
    told: str
    """
    its value, or term
    """
    chosen: bool


class Mode(Document):
    """
    One of several separate likely values, such as a tempo and its double.
    """

    value: float
    weight: float


class ModelInfo(Document):
    """
    The mapping that answered. `trained_tracks` says how much it has to go by.
    """

    model_id: str
    encoder: str
    snapshot: int
    trained_tracks: int


class ModelVersion(Document):
    """
    A mapping that was trained here.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    model_id: str
    state: str
    """
    in use, candidate, …
    """
    trained_at: AwareDatetime | None = None
    snapshot: int | None = None
    tracks: int | None = None
    encoder: str | None = None
    policy: str | None = None
    """
    policy of rights that the tracks passed
    """
    code: str | None = None
    parent: str | None = None
    mean_r2: float | None = None
    crps_skill: float | None = None
    coverage90: float | None = None
    """
    share of truths in the 90 % intervals
    """


class NearTrack(Document):
    """
    A track like another. Distances: 0 the same, 1 as far as chance.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    rank: int
    track_id: str
    title: str | None = None
    artist: str | None = None
    album: str | None = None
    distance: float
    features: float | None = None
    """
    distance of the features alone
    """
    words: float | None = None
    """
    distance of the words alone
    """
    covered: float | None = None
    """
    share of the features that both have
    """
    near: list[str]
    """
    features that bring it nearer
    """
    far: list[str]
    """
    features that push it away
    """
    tempo_bpm: float | None = None
    key: str | None = None
    licence: str | None = None
    uri: str | None = None


class Note(Document):
    start_s: float
    duration_s: float
    pitch: float
    velocity: int = 96


class Noted(Document):
    """
    What became of a review.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    review_id: str
    """
    the same listener and subject have the same id
    """
    changed: bool
    """
    false where just this had been said before
    """


class Parameter(Document):
    """
    One thing an engine takes: its own name for it, unit and valid range.
    """

    name: str
    """
    as the engine calls it: "bpm", "audio_duration"
    """
    takes: str
    """
    what of the request it carries: a feature's name, "key", "prompt", "melody" …
    """
    applied: Literal["native", "prompt", "rerank", "postfix", "ignored"]
    """
    how far the engine itself obeys it
    """
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    values: list[str] = []
    """
    valid values, where they are words
    """
    note: str = ""


class PhraseEffect(Document):
    """
    What a phrase of the prompt contributed to each feature's value, in the feature's unit.
    """

    text: str
    start: int | None = None
    """
    place in the prompt; null for an option
    """
    end: int | None = None
    effects: dict[str, float]


class PitchCurve(Document):
    """
    What sounded, for a drawing: one value every `hop_s` from the start of the recording.
    """

    hop_s: float
    pitch: list[float | None]
    """
    fractional MIDI number at A4 = 440 Hz; null: no pitch
    """


class Preference(Document):
    """
    Log-odds of being chosen, against the average; `low` and `high` bound it at 95 %.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    name: str
    strength: float
    low: float
    high: float
    won: int
    compared: int


class Preferences(Document):
    model_config = ConfigDict(
        extra="allow",
    )
    criterion: str
    engines: list[Preference]
    generations: list[Preference]


class Prompt(Document):
    text: str
    language: str | None = None
    """
    BCP 47; null when not detected
    """
    for_engine: str | None = None
    """
    the text without names; null: as it stands
    """


class Proposal(Document):
    """
    One change that the reviews speak for.
    """

    kind: Literal["word", "style", "tolerance", "engine"]
    """
    word: what a word means; style: a style's range; tolerance: what counts as met; engine: an engine's own offset
    """
    subject: str
    """
    the word, style, feature or engine: "dark"
    """
    feature: str
    unit: str
    before: float
    after: float
    count: int
    """
    generations that it rests on
    """
    speak_for_it: int
    p_value: float
    """
    corrected for all that was looked at (Holm 1979)
    """
    says: str
    """
    in words, with the figures
    """
    generations: list[str] = []
    """
    some of them
    """


class Provenance(Document):
    """
    Who made it, with what, when.
    """

    engine: str
    engine_version: str
    created_at: str
    """
    ISO 8601, UTC
    """
    model: ModelInfo | None = None
    source_tracks: list[str] = []
    parents: list[str] = []
    """
    generations it was made from
    """


class Quantiles(Document):
    """
    Quantiles of a distribution, in the feature's unit, not decreasing.
    """

    p05: float
    p25: float
    p50: float
    p75: float
    p95: float


class ReferenceSide(Document):
    """
    One of several groups that a name's tracks fall into: "more like this or that?".
    """

    words: str
    """
    how it differs from the other sides: "slower, darker"
    """
    share: float
    """
    of the name's tracks
    """
    tracks: Annotated[list[ExampleTrack], Field(validate_default=True)] = []
    features: Annotated[dict[str, FeatureSpread], Field(validate_default=True)] = {}


class Region(Document):
    start_s: float
    end_s: float


class Rephrasing(Document):
    """
    A better prompt: it is understood, and its answer is narrower.
    """

    text: str
    why: str
    narrower: float
    """
    by how much the 90% ranges shrink, 0 … 1
    """


class ReviewFindings(Document):
    """
    Everything that the reviews say.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    pieces: int
    unreviewed: int
    listeners: list[str]
    engines: list[Adherence]
    styles: list[Adherence]
    disagreements: list[Dispute]
    ratings: list[EngineRating]
    comparisons: list[Preferences]
    agreements: list[ListenersAgree]
    proposals: list[Proposal]


class ReviewQuestion(Document):
    """
    A listener's word on one piece: a rating, a feature's direction, a note, or several.
    """

    generation_id: str
    reviewer: str | None = None
    """
    default: the name of the token
    """
    rating: float | None = None
    """
    of the whole: 0 bad … 1 good
    """
    feature: (
        Literal[
            "tempo_bpm",
            "tempo_confidence",
            "beat_strength",
            "time_signature",
            "downbeat_confidence",
            "onset_rate_hz",
            "danceability",
            "key_pitch_class",
            "key_mode",
            "key_strength",
            "tuning_cents",
            "loudness_lufs",
            "loudness_range_lu",
            "true_peak_dbtp",
            "dynamic_complexity",
            "energy",
            "rms",
            "brightness_hz",
            "brightness_std_hz",
            "bandwidth_hz",
            "rolloff_hz",
            "flatness",
            "zcr",
            "harmonic_ratio",
            "section_count",
            "section_label_count",
            "repetition_ratio",
            "instrumentalness",
            "acousticness",
            "valence",
            "vocal_presence",
            "speechiness",
            "liveness",
            "clip_ratio",
            "silence_ratio",
            "phase_correlation",
            "effective_bandwidth_hz",
            "duration_ratio",
        ]
        | None
    ) = None
    """
    which feature `heard` is about
    """
    heard: Literal["higher", "lower", "right"] | None = None
    """
    the feature, against what was asked
    """
    note: str | None = None


class SectionReport(Document):
    index: int
    start_s: float
    end_s: float
    label: str
    """
    sections that repeat each other share one
    """
    tempo_bpm: float | None
    key: str | None
    key_pitch_class: int | None
    key_mode: int | None
    energy: float | None
    brightness_hz: float | None


class Sense(Document):
    """
    One meaning of an ambiguous word, and what choosing it alone would change.
    """

    id: str
    """
    what `senses` takes, as in {"dark": "timbre"}
    """
    meaning: str
    weight: float
    """
    share in the mixture that was answered; 1 when chosen
    """
    changes: Annotated[list[Change], Field(validate_default=True)] = []


class SeveralAudioFeatures(Document):
    model_config = ConfigDict(
        extra="allow",
    )
    audio_features: list[AudioFeatures | None]
    """
    in the order of the ids; null in the place of one that is no track's
    """


class SimilarTracks(Document):
    model_config = ConfigDict(
        extra="allow",
    )
    tracks: list[NearTrack]
    notes: list[str]
    """
    what a person should know about the comparison
    """


class Span(Document):
    """
    Words of the prompt and what they were read as; offsets count characters of the prompt.
    """

    start: int
    end: int
    kind: str
    """
    tempo, key, metre, length, vocals, instrument, leaning, …
    """
    meaning: str


class SqlColumn(Document):
    """
    A column of an answer to SQL. JSON has fewer types than SQL: `type` says which one it was.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    name: str
    type: str
    """
    Arrow's name for it, as in double, timestamp[us], list<…>
    """


class SqlQuestion(Document):
    """
    One SELECT on the published views, and what it may take.
    """

    sql: str
    rows: int = 1000
    timeout_s: float = 10.0


class Stated(Document):
    """
    A prompt and what is stated beside it.
    """

    prompt: str
    bpm: float | None = None
    """
    30 … 300
    """
    key: str | None = None
    """
    as in C minor, F#m, c-moll
    """
    duration_s: float | None = None
    """
    above 0, at most 3600
    """
    vocals: Literal["on", "off", "open"] | None = None
    """
    open: the prompt's word is ignored; null: it decides
    """


class StyleWeight(Document):
    id: str
    weight: float = 1.0


class Suggestion(Document):
    """
    A word that nothing here knows, where it stands, and known words spelt much like it.
    """

    word: str
    start: int
    end: int
    suggestions: list[str] = []


class TagReport(Document):
    """
    A word said of the track, by its file or by a model.
    """

    term: str
    kind: str
    source: str
    weight: float


class Taps(Document):
    """
    What was made of a person's taps.
    """

    bpm: float
    first_beat_s: float
    used: int
    """
    taps that keep the beat
    """
    dropped: int
    """
    taps that do not: double, or far off it
    """
    spread_ms: float
    """
    mean distance of the used taps from the beat
    """


class TempoCandidate(Document):
    bpm: float
    weight: float


class TempoReport(Document):
    """
    The chosen tempo, and every candidate in order of weight.
    """

    bpm: float
    confidence: float | None
    candidates: list[TempoCandidate]


class TempoSuggestion(Document):
    """
    One reading of the beat. `confidence` is its share among those that were considered.
    """

    bpm: float
    confidence: float
    first_beat_s: float


class ToJudge(Document):
    """
    A piece that nobody has judged. Which engine made it is not told before it has been.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    generation_id: str
    prompt: str
    styles: list[str]
    asked: dict[str, float]
    """
    feature → value that was asked for, in its unit
    """


class TrackRight(Document):
    model_config = ConfigDict(
        extra="allow",
    )
    layer: str
    """
    recording, composition, text or features
    """
    source: str
    spdx: str | None = None
    raw: str | None = None
    holder: str | None = None
    evidence: str | None = None


class TrackSection(Document):
    model_config = ConfigDict(
        extra="allow",
    )
    index: int
    start_s: float
    end_s: float
    label: str
    """
    sections that repeat share one
    """
    tempo_bpm: float | None = None
    key_pitch_class: float | None = None
    key_mode: float | None = None
    key_name: str | None = None
    energy: float | None = None
    brightness_hz: float | None = None


class TrackSummary(Document):
    """
    A track of the catalogue, and where it is.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    track_id: str
    title: str | None = None
    artist: str | None = None
    album: str | None = None
    uri: str | None = None
    """
    where its file is, as it was taken in
    """
    duration_s: float | None = None
    state: str | None = None
    """
    present, or missing since the last look
    """
    origin: str | None = None
    """
    recording, score_render or generated
    """


class TrackTerm(Document):
    model_config = ConfigDict(
        extra="allow",
    )
    term: str
    kind: str
    source: str
    weight: float | None = None
    raw: str | None = None
    """
    the text as it was found
    """


class Transcription(Document):
    """
    The melody of a recording.
    """

    version: Literal["1"] = "1"
    kind: Literal["line", "mix"]
    """
    line: one voice or instrument alone; mix: the most salient line of several
    """
    duration_s: float
    tuning_cents: float
    """
    of the singer, from A4 = 440 Hz
    """
    notes: list[HeardNote]
    """
    in order
    """
    keys: Annotated[list[KeyCandidate], Field(validate_default=True)] = []
    """
    most probable first, at most three
    """
    tempo_bpm: float | None = None
    """
    of the grid; null where there is none
    """
    tempo_from: Literal["stated", "tapped", "suggested"] | None = None
    tempi: Annotated[list[TempoSuggestion], Field(validate_default=True)] = []
    """
    suggestions, most likely first
    """
    taps: Taps | None = None
    curve: PitchCurve | None = None
    warnings: list[str] = []


class Unsaid(Document):
    """
    A feature that the prompt leaves open: the catalogue's typical range, and its middle.
    """

    feature: str
    unit: str
    low: float
    value: float
    high: float
    say: list[str] = []
    """
    words that would settle it, low and high
    """


class Vector(Document):
    """
    The request as numbers, for a generator that takes a vector.

    `names`, `values`, `confidence` and `low`/`high` (p05 and p95) run in parallel, in the order of
    FEATURES; values are normalised to 0 … 1 by `schemas.features.normalise`. Key follows as the
    24 probabilities.
    """

    names: list[str]
    values: list[float]
    low: list[float]
    high: list[float]
    confidence: list[float]
    key_probabilities: list[float]


class Vocals(Document):
    mode: Literal["on", "off", "spoken", "open"] = "open"
    voice: str | None = None
    language: str | None = None
    """
    BCP 47
    """
    lyrics: str | None = None
    theme: str | None = None


class Weights(Document):
    """
    What an engine ran on, or whose sounds it played: a licence travels with every result.
    """

    id: str
    licence: str


class Problem(Document):
    """
    An error, as RFC 9457 has it.
    """

    type: str
    """
    about:blank: see status; urn:wordtone:form: the request has not the form that is described here; urn:wordtone:NAME: what it means cannot be
    """
    title: str
    status: int
    detail: str
    """
    what is wrong and what is valid, as a sentence
    """


class Ambiguity(Document):
    """
    A word with several senses. `chosen` is null where the answer mixes them.
    """

    word: str
    base: str = ""
    """
    what `senses` calls it: "dark" where the prompt says darker
    """
    start: int
    end: int
    chosen: str | None = None
    senses: list[Sense]


class AudioAnalysis(Document):
    """
    Bars, beats, tatums, sections and segments of a track, each from its start to the next.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    meta: AnalysisMeta
    track: AnalysisTrack
    bars: list[Interval]
    beats: list[Interval]
    tatums: list[Interval]
    sections: list[AnalysisSection]
    segments: list[AnalysisSegment]


class CatalogueMap(Document):
    """
    Tracks in two dimensions: near each other where their features are alike.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    method: str
    """
    principal (components), or neighbours (t-SNE)
    """
    pending: bool
    """
    a layout that keeps neighbours better is being made
    """
    trustworthiness: float | None
    """
    how far neighbours on the map are neighbours in features, 1 all of them
    """
    tracks: int
    """
    in the catalogue
    """
    sampled: int
    """
    of these looked at; always the same ones
    """
    chosen: int
    colour: MapColour
    points: list[MapPoint]


class Counterfactual(Document):
    """
    The answer without a phrase: "without 'trumpets': brightness 2,100 → 1,900 Hz".
    """

    without: str
    changes: list[FeatureChange]


class Edit(Document):
    """
    Change an earlier result: what is not named to be regenerated is kept.
    """

    generation_id: str
    keep_stems: list[str] = []
    regenerate_stems: list[str] = []
    keep_regions: Annotated[list[Region], Field(validate_default=True)] = []
    regenerate_regions: Annotated[list[Region], Field(validate_default=True)] = []


class EditQuestion(Document):
    """
    What is to become of a piece; what is not named stays, sample for sample where it can.
    """

    words: str | None = None
    locks: list[str] = []
    keep_stems: list[str] = []
    regenerate_stems: list[str] = []
    keep_regions: Annotated[list[Region], Field(validate_default=True)] = []
    regenerate_regions: Annotated[list[Region], Field(validate_default=True)] = []
    vary: bool = False
    length_s: float | None = None
    seed: int | None = None


class EngineManifest(Document):
    """
    What an engine is, and all that it takes; what is not listed it ignores.
    """

    engine: str
    """
    id, as in `wordtone generate --engine ID`
    """
    title: str
    parameters: list[Parameter]
    longest_s: float
    sample_rate_hz: int
    channels: int
    stems: list[str] = []
    """
    true stems that it gives; empty: the mix alone
    """
    sings: bool = False
    code_licence: str
    weights_licence: str | None = None
    """
    null: it has no weights
    """
    source: str
    """
    paper or repository that the names and ranges come from
    """


class Explanation(Document):
    """
    A prediction as a sum: `base` and the effects of all phrases add up to `predicted`.

    `base` is what is answered where nothing is said: the catalogue's middle.
    """

    prompt: str
    units: dict[str, str]
    base: dict[str, float]
    predicted: dict[str, float]
    phrases: list[PhraseEffect]
    counterfactuals: list[Counterfactual]
    evidence: list[EvidenceTrack]
    exact: bool
    """
    all orders of the phrases were tried, not a sample of them
    """
    warnings: list[str] = []


class FeatureCondition(Document):
    """
    What is asked of one feature: a value, a range or a distribution.
    """

    value: float | None = None
    """
    the value to aim for; null leaves it open
    """
    low: float | None = None
    """
    lowest acceptable value
    """
    high: float | None = None
    """
    highest acceptable value
    """
    quantiles: Quantiles | None = None
    modes: Annotated[list[Mode], Field(validate_default=True)] = []
    """
    separate likely values, heaviest first
    """
    unit: str
    source: Literal["user", "model", "retrieved", "audio"]
    """
    Where a condition comes from.
    """
    confidence: float
    """
    1 for a stated value; 0 for the catalogue's prior
    """
    lock: Literal["hard", "soft", "free"] = "free"
    """
    hard: must be met; soft: should be; free: shown, the engine may do as it likes.
    """
    tolerance: float | None = None
    """
    accepted deviation, in `unit`
    """
    abstained: str | None = None
    """
    why nothing is claimed and the catalogue's own spread given; else null
    """
    prior_share: float | None = None
    """
    share of the starter in it: 1 all, 0 all learned; null where stated
    """


class FeatureReport(Document):
    """
    A feature: a number, a list for a vector (short ones end in null), or why there is none.
    """

    value: float | list[float | None] | None
    unit: str
    null_reason: (
        Literal[
            "silent",
            "too_short",
            "no_pulse",
            "no_metre",
            "atonal",
            "mono",
            "no_model",
            "not_declared",
            "out_of_range",
        ]
        | None
    ) = None
    """
    null where there is a value
    """


class FileReport(Document):
    """
    One file. Where it could not be analysed, `outcome` says so and all the rest is empty.
    """

    path: str
    outcome: Literal["accepted", "unchanged", "duplicate", "partial", "quarantined", "rejected"]
    """
    Every input of a run ends as exactly one of these; the counts sum to what was found.
    """
    reason: (
        Literal[
            "empty_file",
            "unreadable",
            "not_audio",
            "undecodable",
            "no_samples",
            "non_finite",
            "truncated",
            "too_long",
            "too_many_channels",
            "worker_crashed",
            "timed_out",
            "out_of_memory",
            "invalid_values",
            "too_large",
            "unreachable",
            "refused_address",
            "invalid_row",
            "repeated_uri",
            "conflicting",
            "internal_error",
        ]
        | None
    ) = None
    """
    null where all is well
    """
    stage: Literal["list", "probe", "decode", "analyse", "commit", "import"] | None = None
    """
    where it failed
    """
    detail: str = ""
    """
    what is wrong, in words
    """
    title: str | None = None
    artist: str | None = None
    file_hash: str | None = None
    audio: AudioReport | None = None
    tempo: TempoReport | None = None
    key: KeyReport | None = None
    beats: BeatsReport | None = None
    sections: Annotated[list[SectionReport], Field(validate_default=True)] = []
    features: Annotated[dict[str, dict[str, FeatureReport]], Field(validate_default=True)] = {}
    """
    by group and name, as in docs/features.md
    """
    tags: Annotated[list[TagReport], Field(validate_default=True)] = []


class Guidance(Document):
    prompt: str
    unsaid: list[Unsaid]
    rephrasings: Annotated[list[Rephrasing], Field(validate_default=True)] = []
    """
    at most three, best first
    """
    nearest: float | None = None
    """
    cosine to the nearest text of the catalogue; null without words
    """
    far: bool
    """
    nothing in the catalogue is near the prompt
    """
    warnings: list[str] = []


class Job(Document):
    """
    A job as a caller sees it.
    """

    job_id: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    progress: float = 0.0
    """
    share that is done
    """
    doing: str = ""
    """
    what is being done, in words
    """
    ahead: int = 0
    """
    jobs that will be done first
    """
    generation_id: str | None = None
    """
    what was made; see /v1/generations
    """
    error: str | None = None
    """
    why it failed, in words
    """
    created_at: str
    """
    ISO 8601, UTC
    """
    ended_at: str | None = None


class KeyCondition(Document):
    """
    A key: certain (stated), or 24 probabilities, C major … B major, C minor … B minor.
    """

    pitch_class: int | None = None
    mode: Literal["major", "minor"] | None = None
    name: str | None = None
    scale: str | None = None
    """
    dorian, harmonic minor, …; null when not stated
    """
    probabilities: list[float] = []
    """
    empty or 24
    """
    source: Literal["user", "model", "retrieved", "audio"]
    """
    Where a condition comes from.
    """
    confidence: float
    lock: Literal["hard", "soft", "free"] = "free"
    """
    hard: must be met; soft: should be; free: shown, the engine may do as it likes.
    """


class LikeQuestion(Document):
    """
    A file that was measured before, and which tracks may be like it.
    """

    like: FileReport
    """
    as /v1/analyse answered
    """
    where: list[str] = []
    """
    as in `tempo_bpm>=120`
    """
    tag: list[str] = []
    not_tag: list[str] = []
    limit: int = 10


class QuantiseQuestion(Document):
    """
    Notes that were heard, and the tempo of the grid that they are put on.
    """

    transcription: Transcription
    tempo_bpm: float | None = None
    """
    stated; null with `taps`
    """
    taps: list[float] = []
    """
    times of beats, s; within the recording, they also place the beat
    """


class Reference(Document):
    """
    "a bass line like X": kept by part, with what it resolved to.
    """

    text: str
    """
    the words of the prompt that make the reference
    """
    part: str | None = None
    """
    bass, melody, drums, …; null for the whole
    """
    kind: Literal["artist", "track", "album", "label", "place", "era", "audio", "unknown"] = (
        "unknown"
    )
    name: str | None = None
    """
    as the catalogue or the references file spells it
    """
    track_ids: list[str] = []
    """
    at most 50 of the tracks
    """
    tracks: int = 0
    """
    how many tracks it rests on; 0: none is known
    """
    features: Annotated[dict[str, FeatureSpread], Field(validate_default=True)] = {}
    """
    of the tracks; of a part, what says something about it
    """
    sides: Annotated[list[ReferenceSide], Field(validate_default=True)] = []
    side: int | None = None
    """
    the side that was chosen, from 1
    """
    weight: float = 1.0


class Section(Document):
    label: str
    start_s: float | None = None
    position: float | None = None
    """
    start as a share of the length, when stated
    """
    bars: int | None = None
    tempo_bpm: float | None = None
    key: KeyCondition | None = None
    time_signature: str | None = None
    features: Annotated[dict[str, FeatureCondition], Field(validate_default=True)] = {}
    instruments: Annotated[list[Instrument], Field(validate_default=True)] = []
    vocals: Vocals | None = None
    """
    null: as in the rest of the piece
    """
    events: Annotated[list[Event], Field(validate_default=True)] = []


class SqlAnswer(Document):
    """
    Rows of a SELECT: column → value.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    snapshot: int | None
    """
    of the catalogue that was read
    """
    truncated: bool
    """
    there are more rows than were asked for
    """
    columns: list[SqlColumn]
    rows: list[dict[str, Any]]


class TrackDetail(Document):
    """
    Everything that is known of a track.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    track_id: str
    title: str | None = None
    artist: str | None = None
    album: str | None = None
    uri: str | None = None
    """
    where its file is, as it was taken in
    """
    duration_s: float | None = None
    state: str | None = None
    """
    present, or missing since the last look
    """
    origin: str | None = None
    """
    recording, score_render or generated
    """
    date: str | None = None
    sample_rate_hz: int | None = None
    channels: int | None = None
    codec: str | None = None
    audio_hash: str | None = None
    """
    of the decoded sound
    """
    recorded_at: AwareDatetime
    run_id: str
    features: dict[str, FeatureValue]
    beats: BeatTimes | None
    """
    null where there is no pulse
    """
    sections: list[TrackSection]
    terms: list[TrackTerm]
    rights: list[TrackRight]


class AnalysisReport(Document):
    """
    All files, in the order in which they were named.
    """

    version: Literal["1"] = "1"
    extractor: str
    files: list[FileReport]


class ConditioningRequest(Document):
    """
    What an engine is asked to make.
    """

    version: Literal["1"] = "1"
    prompt: Prompt
    features: Annotated[dict[str, FeatureCondition], Field(validate_default=True)] = {}
    key: KeyCondition | None = None
    time_signature: str | None = None
    feel: Literal["half-time", "double-time"] | None = None
    """
    how the beat is felt against the stated tempo
    """
    styles: Annotated[list[StyleWeight], Field(validate_default=True)] = []
    instruments: Annotated[list[Instrument], Field(validate_default=True)] = []
    effects: Annotated[list[Effect], Field(validate_default=True)] = []
    sections: Annotated[list[Section], Field(validate_default=True)] = []
    vocals: Annotated[Vocals, Field(validate_default=True)] = {"mode": "open"}
    duration_s: float | None = None
    melody: Annotated[list[Note], Field(validate_default=True)] = []
    chords: Annotated[list[Chord], Field(validate_default=True)] = []
    references: Annotated[list[Reference], Field(validate_default=True)] = []
    edit: Edit | None = None
    seed: int | None = None
    stem_seeds: dict[str, int] = {}
    candidates: int = 1


class ConditioningVector(Document):
    """
    What the mapping makes of a prompt: a request, and the reasons for it.
    """

    version: Literal["1"] = "1"
    prompt: Prompt
    features: Annotated[dict[str, FeatureCondition], Field(validate_default=True)] = {}
    key: KeyCondition | None = None
    time_signature: str | None = None
    feel: Literal["half-time", "double-time"] | None = None
    """
    how the beat is felt against the stated tempo
    """
    styles: Annotated[list[StyleWeight], Field(validate_default=True)] = []
    instruments: Annotated[list[Instrument], Field(validate_default=True)] = []
    effects: Annotated[list[Effect], Field(validate_default=True)] = []
    sections: Annotated[list[Section], Field(validate_default=True)] = []
    vocals: Annotated[Vocals, Field(validate_default=True)] = {"mode": "open"}
    duration_s: float | None = None
    melody: Annotated[list[Note], Field(validate_default=True)] = []
    chords: Annotated[list[Chord], Field(validate_default=True)] = []
    references: Annotated[list[Reference], Field(validate_default=True)] = []
    edit: Edit | None = None
    seed: int | None = None
    stem_seeds: dict[str, int] = {}
    candidates: int = 1
    vector: Vector
    samples: list[dict[str, float | None]] = []
    """
    joint samples: features of real tracks, drawn by weight
    """
    evidence: Annotated[list[EvidenceTrack], Field(validate_default=True)] = []
    understood: list[str] = []
    """
    what was read as a hard wish, in words
    """
    not_understood: list[str] = []
    """
    words that nothing here knows
    """
    spans: Annotated[list[Span], Field(validate_default=True)] = []
    """
    what was read, and where it stands
    """
    senses: Annotated[list[Ambiguity], Field(validate_default=True)] = []
    """
    words that mean several things
    """
    suggestions: Annotated[list[Suggestion], Field(validate_default=True)] = []
    """
    where the unknown words stand
    """
    unsaid: list[str] = []
    """
    features the prompt left open
    """
    nearest: float | None = None
    """
    cosine of the words with the nearest text of the catalogue
    """
    far: bool = False
    """
    nothing in the catalogue is near the words
    """
    warnings: list[str] = []
    prior_share: float | None = None
    """
    mean share of the starter in what was not stated; null: it took no part
    """
    model: ModelInfo


class GenerateQuestion(Document):
    """
    What is to be made: a question that the mapping answers, or a request or vector as it is.

    With either goes a `melody`; with a question a clip that it should sound `like`.
    """

    question: ConditioningQuestion | None = None
    request: ConditioningVector | ConditioningRequest | None = None
    melody: Transcription | None = None
    """
    as /v1/transcribe answered; notes may be left out or changed
    """
    like: FileReport | None = None
    """
    as /v1/analyse answered
    """
    engine: str = "embedded"
    preset: str | None = None
    candidates: int | None = None
    seed: int | None = None
    correct: bool = True


class GenerationResult(Document):
    """
    What an engine made, and how far it obeyed.
    """

    version: Literal["1"] = "1"
    generation_id: str
    request: ConditioningRequest
    audio: list[AudioFile]
    """
    the mix first, then stems
    """
    midi_path: str | None = None
    features: list[FeatureResult]
    ignored: list[str] = []
    """
    parts of the request it cannot take
    """
    notes: list[str] = []
    """
    what a person should know, in words
    """
    weights: Annotated[list[Weights], Field(validate_default=True)] = []
    """
    empty: all of it is wordtone's own
    """
    seed: int
    stem_seeds: dict[str, int] = {}
    candidates: Annotated[list[Candidate], Field(validate_default=True)] = []
    """
    all that were tried, chosen first
    """
    recipe: dict[str, Any] = {}
    """
    the engine's own notes, from which it can edit this
    """
    provenance: Provenance


class RefineQuestion(Document):
    """
    An earlier vector, how it should change, and what may not.
    """

    vector: ConditioningVector
    words: str
    locks: list[str] = []


class Refinement(Document):
    """
    A vector moved by words; locked features are those of the earlier one, bit for bit.
    """

    words: str
    vector: ConditioningVector
    changes: Annotated[list[FeatureChange], Field(validate_default=True)] = []
    """
    largest first; what did not move is not
    """
    locked: list[str] = []
    other: list[str] = []
    """
    what else changed, in words: key, vocals, instruments, metre, length
    """
    warnings: list[str] = []
