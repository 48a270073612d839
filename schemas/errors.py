"""Every error wordtone raises on purpose.

    WordtoneError
    ├── InputError            the caller asked for something impossible (exit code 2, HTTP 422)
    │   ├── SettingsError         an environment variable or option is wrong
    │   ├── ContractError         a row, value or request breaks a schema
    │   ├── PromptError           a prompt or its options contradict themselves
    │   ├── QueryError            SQL that cannot run
    │   └── SourceUnavailable     a source of inputs cannot be had on this machine
    ├── AudioError            one file cannot be used; carries a RejectReason (never stops a run)
    ├── WarehouseError        the warehouse cannot serve (exit code 1, HTTP 503)
    │   ├── CommitConflict        another writer was faster                     [transient]
    │   ├── WarehouseBusy         the catalogue is locked                       [transient]
    │   ├── SnapshotNotFound      no such snapshot                              (exit code 2)
    │   └── StorageError          disk full, read-only or unreachable
    ├── MappingError          the mapping cannot predict or train
    │   ├── EncoderError          text encoder files are missing or not the pinned ones
    │   ├── ArtifactError         a saved mapping is damaged or does not match this code
    │   └── NotTrainedError       no mapping has been trained yet
    ├── GenerationError       an engine failed
    ├── BusyError             too much is waiting already (HTTP 429)                [transient]
    ├── PortError             the service cannot listen where it should
    ├── TaggerError           a tagger's files are damaged or not the pinned ones
    ├── RemoteError           the service that answers commands failed, or cannot be reached
    └── MissingExtraError     an optional dependency is needed; names the extra to install

A message names the file, field or value that is wrong and what would be valid.
`transient` marks errors for which the same call may succeed later.
"""

from __future__ import annotations

from schemas.outcomes import RejectReason, Stage


class WordtoneError(Exception):
    """Base of all deliberate errors. `str(error)` is fit to be shown to a user."""

    exit_code = 1
    http_status = 500
    transient = False


class InputError(WordtoneError):
    exit_code = 2
    http_status = 422


class SettingsError(InputError):
    pass


class ContractError(InputError):
    pass


class PromptError(InputError):
    pass


class QueryError(InputError):
    http_status = 400


class SourceUnavailable(InputError):
    """Something to read from is missing: a program, a network. The message says which."""


class AudioError(WordtoneError):
    """One input file cannot be used.

    Attributes
    ----------
    reason : RejectReason
        Code stored in the `rejects` table.
    stage : Stage
        Where the file failed.
    """

    http_status = 422

    def __init__(self, reason: RejectReason, detail: str, stage: Stage) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail
        self.stage = stage


class WarehouseError(WordtoneError):
    http_status = 503


class CommitConflict(WarehouseError):
    transient = True


class WarehouseBusy(WarehouseError):
    transient = True


class SnapshotNotFound(WarehouseError):
    exit_code = 2
    http_status = 404


class StorageError(WarehouseError):
    pass


class MappingError(WordtoneError):
    pass


class EncoderError(MappingError):
    pass


class ArtifactError(MappingError):
    pass


class NotTrainedError(MappingError):
    http_status = 409


class GenerationError(WordtoneError):
    pass


class BusyError(WordtoneError):
    http_status = 429
    transient = True


class PortError(WordtoneError):
    pass


class RemoteError(WordtoneError):
    """Of the service at WORDTONE_REMOTE; the message begins with its address."""

    http_status = 502


class TaggerError(WordtoneError):
    pass


class MissingExtraError(WordtoneError):
    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs the extra '{extra}': pip install 'wordtone[{extra}]'")
