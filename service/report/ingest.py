"""What an ingest run did."""

from __future__ import annotations

from pipelines.duplicates.link import Related
from pipelines.ingest import IngestReport
from schemas.operations import RunState
from schemas.outcomes import Outcome
from warehouse.audits import in_words

_SHOWN_PROBLEMS = 5
_SHOWN_NOTES = 10


def _related(related: Related) -> str:
    found = ((related.duplicates, "copies of known recordings"), (related.excerpts, "excerpts"))
    listed = " and ".join(f"{number} {what}" for number, what in found if number)
    return f"{listed} linked by fingerprint; `wordtone duplicates` shows the evidence"


def ingest_summary(report: IngestReport) -> str:
    """A few lines: each input once, and what to look at next."""
    counts = ", ".join(f"{n} {outcome.value}" for outcome, n in report.counts.items() if n)
    lines = [f"{report.discovered} inputs: {counts or 'none'}"]
    if report.state is RunState.NOTHING_TO_DO:
        lines = [f"nothing to do: {report.discovered} inputs, all known; decoded none"]
    if report.related.duplicates or report.related.excerpts:
        lines.append(_related(report.related))
    if report.fetched:
        lines.append(f"{report.fetched} files were downloaded, looked at and removed again")
    if report.vanished:
        lines.append(f"{report.vanished} known files are no longer there; marked missing")
    if report.left:
        lines.append(f"stopped with {report.left} inputs left; run the same command to go on")
    if report.counts.total() and any(
        report.counts[kind] for kind in (Outcome.REJECTED, Outcome.QUARANTINED, Outcome.PARTIAL)
    ):
        lines.append("`wordtone rejects` says which were not accepted whole, and why")
    for audit in report.audits:
        lines.append(f"FAULT: {in_words(audit)}; `wordtone audit` shows them")
    lines += [f"note: {note}" for note in report.notes[:_SHOWN_NOTES]]
    if len(report.notes) > _SHOWN_NOTES:
        lines.append(f"note: {len(report.notes) - _SHOWN_NOTES} more on tables and manifests")
    lines += [f"note: {problem}" for problem in report.text_problems[:_SHOWN_PROBLEMS]]
    more = len(report.text_problems) - _SHOWN_PROBLEMS
    if more > 0:
        lines.append(f"note: {more} more files have tags that could not be read whole")
    lines.append(f"run {report.run_id}, {report.seconds:.1f} s")
    return "\n".join(lines)
