"""Put a mapping in use, keep one from it, or go back to the one before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipelines.current_model import named_current, record_current, recorded
from pipelines.registry.gate import Verdict, judge
from pipelines.registry.ledger import Ledger, event, read_ledger, write_events
from schemas.errors import InputError, MappingError
from schemas.operations import PromotionAction, PromotionRow
from schemas.settings import Settings

if TYPE_CHECKING:
    from mapping.model import Mapping

LONGEST_NOTE = 1_000


@dataclass(frozen=True, slots=True)
class Promotion:
    """What became of a request; `in_use` is the current model after it."""

    action: PromotionAction
    model_id: str
    in_use: str | None
    verdict: Verdict


class PromotionRefused(MappingError):
    """The gate keeps a mapping from use; the message names each figure. Exit code 1."""

    http_status = 409

    def __init__(self, promotion: Promotion) -> None:
        reasons = "; ".join(promotion.verdict.reasons)
        super().__init__(
            f"{promotion.model_id} is not promoted: {reasons}. "
            "`wordtone models compare` shows every figure; --force with a --note overrides it"
        )
        self.promotion = promotion


def promote(settings: Settings, model_id: str, force_note: str | None = None) -> Promotion:
    """Put a model in use if it is no worse than the current one.

    `force_note` puts it in use whatever the gate says, and is recorded.

    Raises
    ------
    InputError
        No such model, it is already in use, its files are gone, or an empty note.
    PromotionRefused
        Worse in a gated figure, beyond its tolerance; the refusal is recorded.
    """
    if force_note is not None and not force_note.strip():
        raise InputError("--note: empty; say why the gate is overridden")
    ledger = read_ledger(settings)
    entry = ledger.entry(model_id)
    if entry.current:
        raise InputError(f"{entry.model_id} is in use already")
    if not entry.on_disk:
        raise InputError(f"{entry.model_id}: its files are gone from {settings.models_path}")
    done = _decide(settings, ledger, entry.model_id, force_note)
    if done.action is PromotionAction.REFUSED:
        raise PromotionRefused(done)
    return done


def consider(
    settings: Settings, model_id: str, mapping: Mapping, promote_it: bool
) -> Promotion | None:
    """What `wordtone train` does with a mapping it has just kept; None where that is nothing.

    With `promote_it` false a mapping waits, and whatever was in use stays so.
    """
    ledger = read_ledger(settings)
    if not promote_it:
        if not recorded(settings):
            _stay(settings, ledger, model_id)
        return None
    return _decide(settings, ledger, model_id, None, mapping)


def _stay(settings: Settings, ledger: Ledger, waiting: str) -> None:
    before = [e.model_id for e in ledger.entries if e.on_disk and e.model_id != waiting]
    if before:
        write_events(settings, [_adopted(before[0])], _run(), before[0])
    else:
        record_current(settings, None)


def _decide(
    settings: Settings,
    ledger: Ledger,
    model_id: str,
    force_note: str | None,
    mapping: Mapping | None = None,
) -> Promotion:
    current, rows = _before(settings, ledger, model_id)
    verdict = judge(settings, current, model_id, mapping)
    action = PromotionAction.PROMOTED if verdict.passed else PromotionAction.REFUSED
    if force_note is not None and not verdict.passed:
        action = PromotionAction.FORCED
    in_use = current if action is PromotionAction.REFUSED else model_id
    note = force_note[:LONGEST_NOTE] if force_note else None
    rows.append(event(action, model_id, current, verdict.to_json(), note))
    write_events(settings, rows, _run(), in_use)
    return Promotion(action, model_id, in_use, verdict)


def _before(
    settings: Settings, ledger: Ledger, model_id: str
) -> tuple[str | None, list[PromotionRow]]:
    """The model in use, and where that was never written down, as before there was a registry, the
    event that does."""
    if recorded(settings) or any(entry.events for entry in ledger.entries):
        return ledger.current, []
    older = [e.model_id for e in ledger.entries if e.on_disk and e.model_id != model_id]
    return (older[0], [_adopted(older[0])]) if older else (None, [])


def _adopted(model_id: str) -> PromotionRow:
    note = "in use since before there was a registry"
    return event(PromotionAction.ADOPTED, model_id, None, {}, note)


def rollback(settings: Settings, note: str | None = None) -> Promotion:
    """Go back to the model that was in use before the current one.

    Raises
    ------
    InputError
        When there was none, or its files are gone.
    """
    ledger = read_ledger(settings)
    if len(ledger.stack) < 2:
        raise InputError("there is no mapping to go back to: none was in use before this one")
    current, before = ledger.stack[-1], ledger.stack[-2]
    if not ledger.entry(before).on_disk:
        raise InputError(f"{before}: its files are gone from {settings.models_path}")
    row = event(PromotionAction.ROLLED_BACK, before, current, {}, note and note[:LONGEST_NOTE])
    write_events(settings, [row], _run(), before)
    verdict = Verdict(current, before, (), note="rolled back")
    return Promotion(PromotionAction.ROLLED_BACK, before, before, verdict)


def mend(settings: Settings, ledger: Ledger) -> bool:
    """Let the file that services read say what the warehouse says; whether it did not.

    They part when a process is killed between the commit and the file.
    """
    events = any(entry.events for entry in ledger.entries)
    if not events or ledger.current is None or not ledger.entry(ledger.current).on_disk:
        return False
    if named_current(settings) == ledger.current:
        return False
    record_current(settings, ledger.current)
    return True


def _run() -> str:
    return f"models-{datetime.now(UTC):%Y%m%dT%H%M%S}"
