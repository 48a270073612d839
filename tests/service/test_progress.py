"""Progress: lines for a log, a picture for a terminal, and nothing a file name can break."""

from __future__ import annotations

import re
import time
from io import StringIO

from rich.console import Console

from pipelines.printable import printable, tail
from pipelines.progress import Problem, Tally
from schemas.outcomes import Outcome
from service.progress import TerminalObserver

EVIL = Problem("/music/\x1b[2Jevil\u202e.mp3", Outcome.REJECTED, "truncated", "ended\nearly " * 50)


def test_lines_where_there_is_no_terminal() -> None:
    out = StringIO()
    with TerminalObserver(Console(file=out, width=80), every_s=0.05) as observer:
        observer.start(3)
        observer.stage("starting Prefect")
        time.sleep(0.3)
        observer.stage("analysing")
        observer.file(Outcome.ACCEPTED)
        observer.file(Outcome.REJECTED, EVIL)
        time.sleep(0.3)
    lines = out.getvalue().splitlines()
    assert lines[:2] == ["analysing 3 files", "starting Prefect …"]
    assert lines.count("starting Prefect …") == 1  # said once, however long it takes
    assert re.match(r"analysing: 2 of 3, \d+\.\d files/s, 0:00:0\d left; 1 accepted", lines[2])
    assert "last rejected: /music/ [2Jevil.mp3: truncated, ended early" in lines[2].replace(
        "/music/[2J", "/music/ [2J"
    )
    assert "\x1b" not in out.getvalue()


def test_a_picture_in_a_terminal_is_gone_afterwards() -> None:
    out = StringIO()
    console = Console(file=out, width=80, force_terminal=True)
    with TerminalObserver(console) as observer:
        observer.stage("listing files")
        observer.start(2)
        observer.file(Outcome.QUARANTINED, EVIL)
        observer.note("[bold]not markup[/]")
        time.sleep(0.6)
    text = out.getvalue()
    assert "1/2" in text
    assert "1 quarantined" in text
    assert "[bold]not markup[/]" in text
    assert "\x1b[2Jevil" not in text
    assert "\x1b[?25h" in text  # the cursor is back


def test_a_tally_counts_and_keeps_the_last_problems() -> None:
    tally = Tally()
    for number in range(150):
        tally.file(Outcome.REJECTED, Problem(str(number), Outcome.REJECTED, "truncated", ""))
    tally.file(Outcome.ACCEPTED)
    assert tally.counts == {Outcome.REJECTED: 150, Outcome.ACCEPTED: 1}
    assert [p.uri for p in tally.problems] == [str(n) for n in range(50, 150)]
    assert tally.reasons == {"truncated": 150}


def test_text_of_strangers_is_one_line() -> None:
    assert printable("a\x00b\r\nc\x1b[0m\u2028d\u202ee\ud800") == "ab c[0m de"
    assert printable("x" * 10_000, 5) == "xxxx…"
    assert tail("/a/long/path/name.mp3", 9) == "…name.mp3"
    assert tail("short", 9) == "short"
