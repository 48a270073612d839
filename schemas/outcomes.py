"""What can become of an input, where it failed and why: the one list of each."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """Every input of a run ends as exactly one of these; the counts sum to what was found."""

    ACCEPTED = "accepted"  # analysed and committed
    UNCHANGED = "unchanged"  # known, nothing pending: not opened
    DUPLICATE = "duplicate"  # same audio as a known track: linked, not analysed
    PARTIAL = "partial"  # committed, but the audio is damaged or shorter than declared
    QUARANTINED = "quarantined"  # killed or outlasted its worker: set aside, not retried by itself
    REJECTED = "rejected"  # unusable, with a reason


class Stage(StrEnum):
    """Where an input failed."""

    LIST = "list"
    PROBE = "probe"
    DECODE = "decode"
    ANALYSE = "analyse"
    COMMIT = "commit"
    IMPORT = "import"  # a row of a metadata set


class RejectReason(StrEnum):
    """Why an input was not accepted."""

    EMPTY_FILE = "empty_file"
    UNREADABLE = "unreadable"
    NOT_AUDIO = "not_audio"
    UNDECODABLE = "undecodable"
    NO_SAMPLES = "no_samples"
    NON_FINITE = "non_finite"
    TRUNCATED = "truncated"
    TOO_LONG = "too_long"
    TOO_MANY_CHANNELS = "too_many_channels"
    WORKER_CRASHED = "worker_crashed"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    INVALID_VALUES = "invalid_values"  # what was found breaks a contract of the warehouse
    TOO_LARGE = "too_large"
    UNREACHABLE = "unreachable"  # a remote that did not answer: tried again by the next run
    REFUSED_ADDRESS = "refused_address"  # an address that is never fetched from
    INVALID_ROW = "invalid_row"  # a row of a manifest that names no input
    REPEATED_URI = "repeated_uri"  # a row of a manifest that names the input of an earlier one
    CONFLICTING = "conflicting"  # a row of a metadata set that contradicts an earlier one
    INTERNAL_ERROR = "internal_error"


class FileState(StrEnum):
    """State of a known uri in `files`."""

    PRESENT = "present"
    REJECTED = "rejected"
    MISSING = "missing"  # vanished from its source; its track leaves training


class NullReason(StrEnum):
    """Why a feature of an analysed track is null."""

    SILENT = "silent"
    TOO_SHORT = "too_short"
    NO_PULSE = "no_pulse"
    NO_METRE = "no_metre"  # beats, but no bars that could be told
    ATONAL = "atonal"
    MONO = "mono"  # a stereo measure of a one-channel file
    NO_MODEL = "no_model"  # needs a named model that is not installed
    NOT_DECLARED = "not_declared"  # the container does not say
    OUT_OF_RANGE = "out_of_range"


class FeatureStatus(StrEnum):
    """How much of a feature group could be measured on a track."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    EMPTY = "empty"
