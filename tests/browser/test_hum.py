"""Humming into the page: a fake microphone sings a known tune, and the piece takes it up."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import mido
import numpy as np
import pytest
import soundfile

from benchmarks._hums import CONDITIONS, RATE_HZ, Hum, hum
from benchmarks._note_matching import f1, hits
from benchmarks._tunes import tunes
from tests.browser.conftest import _FLAGS
from tests.service.browser import CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SECONDS, BEFORE_S = 8.0, 1.5
HEARD_MS = 60_000


@pytest.fixture(scope="module")
def sung() -> Hum:
    return hum(tunes("held_out")[0], "female", CONDITIONS[0], 9)


@pytest.fixture(scope="module")
def recording(sung: Hum, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tune's first seconds, after a silence in which the microphone comes on."""
    path = tmp_path_factory.mktemp("hum") / "hum.wav"
    silence = np.zeros(int(BEFORE_S * RATE_HZ), np.float32)
    song = sung.signal[: int(SECONDS * RATE_HZ)]
    soundfile.write(path, np.concatenate([silence, song, silence]), RATE_HZ, subtype="PCM_16")
    return path


@pytest.fixture(scope="module")
def singing(browser: Browser, recording: Path) -> Iterator[Browser]:
    """A browser whose microphone is the recording, once."""
    capture = f"--use-file-for-fake-audio-capture={recording}%noloop"
    other = browser.browser_type.launch(executable_path=CHROMIUM, args=[*_FLAGS, capture])
    yield other
    other.close()


@pytest.fixture
def studio(singing: Browser, served: str) -> Iterator[Page]:
    context = singing.new_context(base_url=served, permissions=["microphone"])
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def notes(page: Page) -> list[tuple[float, int]]:
    """Onset and pitch of the notes that the page shows."""
    found: list[tuple[float, int]] = page.locator("#hum .one").evaluate_all(
        "all => all.map(one => [Number(one.dataset.start), Number(one.dataset.pitch)])"
    )
    return found


def best_f1(truth: list[Any], heard: list[tuple[float, int]]) -> float:
    """By when the recording may have begun: nobody knows to the millisecond."""
    shifts = [at - note[0] for at, _ in heard for note in truth]
    moved = ([(at - shift, pitch) for at, pitch in heard] for shift in shifts)
    return max(f1(hits(truth, one), len(truth), len(heard)) for one in moved)


def until(page: Page, script: str, seconds: float = 30.0) -> None:
    """Wait for an expression to hold. The page's policy forbids Playwright's own way, by eval."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(script):
        assert time.monotonic() < deadline, script
        page.wait_for_timeout(50)


def upload(page: Page, path: Path, what: str) -> None:
    page.locator("#hum-file").set_input_files(path)
    page.get_by_role("button", name=what).click()
    page.locator("#hum-told").wait_for(timeout=HEARD_MS)


def test_a_hum_is_heard_put_right_and_played(studio: Page, served: str, sung: Hum) -> None:
    page = studio
    page.goto("/")
    page.get_by_role("button", name="Record a hum").click()
    page.locator("#clock").filter(has_text=re.compile(r"^\s*(9|1\d) of 30 s")).wait_for(
        timeout=30_000
    )
    level = float(page.locator("#level").evaluate("meter => meter.value"))
    assert level > -60, "the meter moves"
    page.get_by_role("button", name="Stop, and listen").click()
    page.locator("#hum-told").wait_for(timeout=HEARD_MS)
    truth = [note for note in sung.notes if note[1] < SECONDS]
    heard = notes(page)
    figure = best_f1(truth, heard)
    print(f"page_note_f1 {figure:.3f} of {len(truth)} notes")
    assert figure >= 0.85
    assert page.locator(".roll .curve").count() == 1

    page.get_by_role("button", name="Octave down").click()
    until(page, f"document.querySelector('.one').dataset.pitch == {heard[0][1] - 12}")
    assert page.evaluate("document.activeElement.value") == "shift -12", "focus stays"
    page.get_by_role("button", name="Octave up").click()
    until(page, f"document.querySelector('.one').dataset.pitch == {heard[0][1]}")
    page.get_by_role("button", name="Play the notes").click()
    until(page, "Number(document.getElementById('head').getAttribute('x1')) > 60")
    page.get_by_role("button", name="Stop").click()
    page.locator("#head[visibility=hidden]").wait_for(state="attached")

    page.get_by_role("button", name="Use this melody").click()
    page.locator("#hum .taken").wait_for()
    tempo = page.locator("#feat-tempo_bpm")
    tempo.wait_for()
    assert "heard in your recording" in (
        tempo.locator("svg[role=img]").get_attribute("aria-label") or ""
    )
    page.locator("#prompt").fill("pop with piano")
    page.locator("#length").fill("40")
    page.get_by_role("button", name="Generate").click()
    page.locator("#song[data-id]").wait_for(timeout=120_000)
    made = page.locator("#song").get_attribute("data-id")
    assert taken_up(served, str(made), [pitch for _, pitch in heard])


def taken_up(served: str, generation_id: str, pitches: list[int]) -> bool:
    """Whether one track of the piece's MIDI plays the tune, in any octave and key."""
    data = httpx.get(f"{served}/v1/generations/{generation_id}/mix.mid").content
    wanted = [b - a for a, b in pairwise(pitches)]
    for track in mido.MidiFile(file=io.BytesIO(data)).tracks:
        played = [one.note for one in track if one.type == "note_on" and one.velocity]
        steps = [b - a for a, b in pairwise(played)]
        if any(steps[i : i + len(wanted)] == wanted for i in range(len(steps))):
            return True
    return False


def test_a_beat_is_tapped_by_keyboard(page: Page, recording: Path) -> None:
    page.goto("/")
    upload(page, recording, "Take its melody")
    button = page.get_by_role("button", name="Tap the beat")
    button.focus()
    for _ in range(6):
        page.keyboard.press("Space")
        page.wait_for_timeout(500)
    page.get_by_text("tapped").wait_for()
    chosen = page.locator("[name=tempo]:checked").get_attribute("value")
    assert float(str(chosen)) == pytest.approx(120, rel=0.08)
    page.get_by_label("Another tempo, BPM").fill("97.5")
    page.get_by_label("Another tempo, BPM").press("Tab")
    until(page, "document.querySelector('[name=tempo]:checked').value == '97.5'")


def test_notes_are_left_out_and_moved(page: Page, recording: Path) -> None:
    page.goto("/")
    upload(page, recording, "Take its melody")
    before = notes(page)
    page.locator("#hum .one input").nth(1).uncheck()
    page.locator(".roll .note.out").wait_for()
    page.get_by_role("button", name="note 1: semitone up").click()
    until(page, f"document.querySelectorAll('#hum .one').length == {len(before) - 1}")
    assert [pitch for _, pitch in notes(page)] == [
        before[0][1] + 1,
        *(pitch for _, pitch in before[2:]),
    ]
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("button", name="Record a hum").wait_for()
    assert page.locator("#hum .taken").count() == 0


def test_a_clip_to_sound_like(
    page: Page, accessible: Callable[[Page], None], recording: Path
) -> None:
    page.goto("/")
    page.locator("#prompt").fill("like this, but faster")
    upload(page, recording, "Sound like it")
    page.get_by_role("button", name="Tracks like it").click()
    page.get_by_role("heading", name="Tracks like hum.wav").wait_for()
    accessible(page)
    assert page.locator("ol.similar a").count() == 20
    page.locator("ol.similar a").first.click()
    page.wait_for_url("**/tracks/*")
    page.go_back()
    page.go_back()
    page.goto("/?prompt=like+this,+but+faster")
    upload(page, recording, "Sound like it")
    page.locator("#hum").get_by_label("loudness").uncheck()
    page.get_by_role("button", name="Sound like this clip").click()
    taken = page.locator("#hum .taken")
    taken.wait_for()
    assert "hum.wav" in taken.inner_text()
    assert "loudness" not in taken.inner_text()
    bright = page.locator("#feat-brightness_hz svg[role=img]")
    until(
        page,
        "document.querySelector('#feat-brightness_hz svg')"
        "?.getAttribute('aria-label').includes('heard in your recording')",
    )
    assert "Hz" in str(bright.get_attribute("aria-label"))
    page.get_by_role("button", name="Leave it out").click()
    taken.wait_for(state="detached")


def test_what_is_no_sound_is_told(page: Page, tmp_path: Path) -> None:
    page.goto("/")
    text = tmp_path / "song.mp3"
    text.write_text("la la la")
    page.get_by_role("button", name="Take its melody").click()
    page.get_by_text("Choose a file first").wait_for()
    page.locator("#hum-file").set_input_files(text)
    page.get_by_role("button", name="Take its melody").click()
    told = page.locator("#hum [role=alert]")
    told.wait_for(timeout=HEARD_MS)
    assert "song.mp3" in told.inner_text()
    assert page.get_by_role("button", name="Record a hum").is_enabled()


def test_a_refused_microphone_is_told(browser: Browser, served: str) -> None:
    context = browser.new_context(base_url=served)
    page = context.new_page()
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => {"
        " throw new DOMException('no', 'NotAllowedError'); };"
    )
    page.goto("/")
    page.get_by_role("button", name="Record a hum").click()
    page.get_by_text("The microphone may not be used").wait_for()
    context.close()


def test_without_scripts(browser: Browser, served: str, recording: Path) -> None:
    context = browser.new_context(base_url=served, java_script_enabled=False)
    page = context.new_page()
    page.goto("/?prompt=pop+with+piano&length=40")
    assert not page.locator("#record").is_visible()
    upload(page, recording, "Take its melody")
    assert page.locator("#prompt").input_value() == "pop with piano"
    pitches = [int(str(one.get_attribute("data-pitch"))) for one in page.locator(".one").all()]
    page.locator("#hum .one input").last.uncheck()
    page.get_by_role("button", name="Use this melody").click()
    taken = page.locator("#hum .taken")
    assert f"{len(pitches) - 1} notes" in taken.inner_text()
    assert page.locator("#length").input_value() == "40"
    page.get_by_role("button", name="Generate").click()
    page.wait_for_url("**/song/*", timeout=120_000)
    assert taken_up(served, page.url.rpartition("/")[2], pitches[:-1])
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_is_accessible(
    page: Page, accessible: Callable[[Page], None], recording: Path, scheme: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto("/")
    accessible(page)
    upload(page, recording, "Take its melody")
    accessible(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, "the page scrolls sideways"
    page.get_by_role("button", name="Use this melody").click()
    page.locator("#hum .taken").wait_for()
    upload(page, recording, "Sound like it")
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
