"""The page that takes a prompt and plays what was made of it, in Chromium."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest
import soundfile

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

PROMPT = "dark UK garage with trumpets, skippety, 130 BPM"
MADE_MS = 180_000


def api(served: str, path: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    asked = Request(served + path, data, {"Content-Type": "application/json"})  # noqa: S310
    with urlopen(asked, timeout=60) as answer:  # noqa: S310  our own server
        return json.load(answer)


def sound(served: str, generation: str, name: str) -> bytes:
    """Its samples: the rest of the file names the generation."""
    with urlopen(f"{served}/v1/generations/{generation}/{name}", timeout=60) as answer:  # noqa: S310
        samples, _ = soundfile.read(io.BytesIO(answer.read()), dtype="int32")
    return bytes(samples.tobytes())


@pytest.fixture(scope="module")
def made(served: str) -> str:
    """A piece to look at; `test_a_piece_…` makes its own through the page."""
    question = {"prompt": "house with piano", "duration_s": 6}
    job = api(served, "/v1/generate", {"question": question, "seed": 5})
    deadline = time.monotonic() + MADE_MS / 1000
    while not job["generation_id"]:
        assert job["error"] is None
        assert time.monotonic() < deadline
        time.sleep(0.3)
        job = api(served, f"/v1/jobs/{job['job_id']}")
    return str(job["generation_id"])


def say(page: Page, prompt: str) -> None:
    """Write a prompt and wait until it has been read and advised on."""
    page.locator("#prompt").fill(prompt)
    page.locator(f"#advice button[value^='{prompt}']").first.wait_for(state="attached")


def shown(page: Page, other_than: str | None = None) -> str:
    """The piece on the page as soon as it can be played."""
    unlike = f":not([data-id='{other_than}'])" if other_than else ""
    page.locator(f"#song[data-id]{unlike} .play:enabled").wait_for(timeout=MADE_MS)
    return str(page.locator("#song").get_attribute("data-id"))


def position(page: Page) -> float:
    return float(page.locator("audio.mix").evaluate("audio => audio.currentTime"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", ["/", "/?prompt={}", "/song/{}", "/songs"])
def test_pages_are_accessible(
    page: Page,
    accessible: Callable[[Page], None],
    made: str,
    scheme: str,
    width: int,
    path: str,
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(path.format(made if "song" in path else PROMPT.replace(" ", "+")))
    if "prompt" in path:
        page.locator("#advice .pill").first.wait_for()
        page.locator("#advice summary").click()
        page.locator(".more summary").click()
    if path == "/song/{}":
        page.locator("#song .play:enabled").wait_for()
        page.locator("#words").fill("darker")
        page.locator("#preview table").wait_for()
    accessible(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, "the page scrolls sideways"


def test_words_are_marked_while_they_are_typed(page: Page) -> None:
    page.goto("/")
    page.locator("#prompt").press_sequentially(PROMPT, delay=15)
    unknown = page.locator("#marked mark.unknown")
    unknown.wait_for()
    marks = {
        str(one.get_attribute("class")): one.text_content()
        for one in page.locator("#marked mark").all()
    }
    assert marks == {
        "sense": "dark", "style": "UK garage", "said": "130 BPM", "unknown": "skippety",
    }  # fmt: skip
    assert page.locator("#marked mark.said").first.text_content() == "trumpets"
    # Each mark lies under its word: both boxes break their lines alike.
    sizes = [page.locator(f"#{one}").evaluate("e => [e.clientWidth, e.scrollHeight]")
             for one in ("prompt", "marked")]  # fmt: skip
    assert sizes[0] == sizes[1]
    # What is typed before a mark moves it at once, without a question to the service.
    page.route("**/*", lambda route: route.abort())
    page.locator("#prompt").press("Home")
    page.locator("#prompt").press_sequentially("a ")
    assert unknown.text_content() == "skippety"
    assert page.locator("#marked").text_content() == f"a {PROMPT}"
    page.unroute("**/*")


def test_an_answer_that_is_overtaken_is_dropped(page: Page) -> None:
    page.goto("/")
    say(page, "calm jazz")

    def slowly(route: Any) -> None:
        if "techno" in (route.request.post_data or ""):
            time.sleep(1.5)
        route.continue_()

    page.route("**/", slowly)
    page.locator("#prompt").fill("techno")
    page.wait_for_timeout(300)
    page.locator("#prompt").fill("slow jazz, 90 BPM")
    page.locator("#feat-tempo_bpm.user").wait_for()
    page.wait_for_timeout(2_000)
    assert page.locator("#marked mark.style").text_content() == "jazz"
    assert page.locator("#feat-tempo_bpm span.n").text_content() == "90 BPM"
    page.unroute("**/")


def test_a_service_that_is_away_is_told_and_found_again(browser: Browser, served: str) -> None:
    # In a context of its own: that the browser logs the failure, too, is no fault of the page.
    context = browser.new_context(base_url=served)
    page = context.new_page()
    try:
        page.goto("/")
        say(page, "calm jazz")
        page.route("**/", lambda route: route.abort())
        page.locator("#prompt").fill("calm jazz with flute")
        page.get_by_text("The service does not answer. Trying again…").wait_for()
        page.unroute("**/")
        page.locator("#marked mark", has_text="flute").wait_for()
        assert page.locator("#trouble").text_content() == ""
    finally:
        context.close()


def test_a_sense_and_a_suggestion_are_one_click_away(page: Page) -> None:
    page.goto("/")
    say(page, "dark house")
    before = page.locator("#feat-brightness_hz > svg").get_attribute("aria-label")
    page.get_by_role("radio", name="timbre").check(force=True)
    page.locator(f"#feat-brightness_hz > svg:not([aria-label='{before}'])").wait_for()
    assert page.get_by_role("radio", name="timbre").is_checked()
    assert "sense.dark=timbre" in page.url
    page.locator("[data-why]").click()
    page.locator("#why").get_by_text("“dark” moved").wait_for()
    say(page, "a song")
    suggestion = page.get_by_role("group", name="Suggestions").locator(".pill").first
    better = suggestion.get_attribute("value")
    suggestion.click()
    assert page.locator("#prompt").input_value() == better
    assert page.evaluate("document.activeElement.id") == "prompt"


def test_an_example_is_one_click_away(page: Page) -> None:
    page.goto("/")
    example = page.get_by_role("group", name="Examples").locator("button").nth(2)
    text = example.text_content()
    example.click()
    page.locator("#understood .feat").first.wait_for()
    assert page.locator("#prompt").input_value() == text


def test_features_are_dragged_stepped_and_locked(page: Page) -> None:
    page.goto("/")
    say(page, "calm house")
    energy, field = page.locator("#feat-energy"), page.locator("#understood [name='lock.energy']")
    drawing = energy.locator("svg").first
    drawing.scroll_into_view_if_needed()
    box = drawing.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.3 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.75 * box["width"], y, steps=5)
    page.mouse.up()
    page.locator("#feat-energy.user .lock[aria-pressed=true]").wait_for()
    assert float(field.input_value()) == pytest.approx(0.75, abs=0.02)
    page.wait_for_url(re.compile(r"lock\.energy=0\.7"))
    # By keyboard: an arrow key is a fiftieth of the typical range, and the focus stays.
    valence = page.locator("#understood [name='lock.valence']")
    valence.focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_url(re.compile(r"lock\.valence="))
    page.wait_for_timeout(1_000)
    first = float(valence.input_value())
    page.keyboard.press("ArrowUp")
    assert float(valence.input_value()) == pytest.approx(first + 0.02, abs=0.011)
    assert page.evaluate("document.activeElement.name") == "lock.valence"
    # A lock opens again, and what was predicted is back.
    energy.locator(".lock").focus()
    page.keyboard.press("Enter")
    page.locator("#feat-energy.model").wait_for()
    assert field.input_value() == ""
    assert page.evaluate("document.activeElement.className").startswith("lock")
    page.reload()
    assert float(page.locator("#understood [name='lock.valence']").input_value()) >= first


def test_the_slider_shows_what_the_prompt_decides_until_it_is_moved(page: Page) -> None:
    page.goto("/")
    say(page, "techno, 150 BPM")
    assert page.locator("#bpm").input_value() == "150"
    page.locator("#bpm").fill("170")
    page.get_by_text("170 BPM").first.wait_for()
    assert page.get_by_role("radio", name="fixed").is_checked()
    assert page.locator("[data-mirrors=bpm]").input_value() == "170"
    say(page, "techno, half a minute long")
    assert page.locator("[data-mirrors=length]").input_value() == "30"
    assert "length=" not in page.url
    page.locator("[data-mirrors=length]").fill("42")
    assert page.locator("#length").input_value() == "42"


def test_a_piece_is_made_played_changed_and_taken_along(
    page: Page, served: str, tmp_path: Path
) -> None:
    page.goto("/")
    assert page.locator("#song .play").is_disabled()
    say(page, "house with piano, 124 BPM")
    page.locator("#understood [name='lock.energy']").fill("0.5")
    page.locator("#length").fill("6")
    page.locator("#generate").click()
    page.locator("#making progress").wait_for()
    first = shown(page)
    assert page.locator("#making").is_hidden()
    request = api(served, f"/v1/generations/{first}")["request"]
    assert request["duration_s"] == 6
    assert request["features"]["energy"]["value"] == 0.5
    assert request["features"]["energy"]["lock"] == "hard"
    _heard(page)
    second = _a_stem_drawn_anew(page, served, first)
    third = _words(page, served, second)
    _takes(page, third)
    _taken_along(page, tmp_path)


def _heard(page: Page) -> None:
    """Played, paused, sought by keyboard and mouse; stems muted and heard alone."""
    page.locator("#song .play").click()
    page.get_by_role("button", name="Pause").wait_for()
    at = position(page)
    page.locator("#song .clock", has_text="0:01").wait_for()
    assert position(page) > max(at, 0.9)
    at = position(page)
    page.locator("#stem-drums .mute").click()
    page.locator("#song:not([aria-busy])").wait_for()
    assert page.locator("audio.mix").evaluate("audio => audio.muted")
    page.locator("#stem-drums.quiet").wait_for()
    page.locator("#stem-bass .solo").click()
    assert page.locator(".stem.quiet").count() == page.locator(".stem").count() - 1
    assert position(page) > at
    page.locator("#stem-bass .solo").click()
    page.locator("#stem-drums .mute").click()
    page.locator(".stem.quiet").first.wait_for(state="detached")
    assert not page.locator("audio.mix").evaluate("audio => audio.muted")
    page.get_by_role("button", name="Pause").click()
    wave = page.get_by_role("slider", name="Position in the piece")
    wave.press("Home")
    assert position(page) == 0
    wave.press("ArrowRight")
    assert position(page) == pytest.approx(1, abs=0.05)
    box = wave.bounding_box()
    assert box is not None
    wave.click(position={"x": box["width"] / 2, "y": 20})
    assert position(page) == pytest.approx(3, abs=0.3)
    assert float(page.locator("#played rect").get_attribute("width") or 0) > 250


def _a_stem_drawn_anew(page: Page, served: str, first: str) -> str:
    stems = [str(row.get_attribute("id"))[5:] for row in page.locator(".stem").all()]
    page.locator("#stem-bass button", has_text="New").click()
    second = shown(page, first)
    for stem in stems:
        same = sound(served, first, f"stems/{stem}.wav") == sound(
            served, second, f"stems/{stem}.wav"
        )
        assert same == (stem != "bass"), stem
    page.locator("#became").get_by_text("new bass").wait_for()
    return second


def _words(page: Page, served: str, second: str) -> str:
    """What words would move is told, then made; and words move what they made."""
    page.locator("#words").fill("darker")
    page.locator("#preview tr", has_text="brightness").get_by_text("asked: darker").wait_for()
    page.get_by_role("button", name="Change").click()
    third = shown(page, second)
    page.locator("#became tr", has_text="brightness").wait_for()
    assert api(served, f"/v1/generations/{third}")["provenance"]["parents"] == [second]
    page.locator("#words").fill("with 128 BPM")
    page.locator("#preview tr", has_text="tempo").wait_for()
    page.locator("#words").fill("qwrtz")
    page.locator("#preview", has_text="qwrtz").wait_for()
    return third


def _takes(page: Page, third: str) -> None:
    """Two variations side by side, heard at the same place; one is chosen."""
    page.locator("[name=count]").fill("2")
    page.get_by_role("button", name="Vary").click()
    page.locator("#jobs progress").nth(1).wait_for()
    fourth = shown(page, third)
    assert page.locator(".take").count() == 5
    page.locator("#song .play").click()
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Hear Take 1").click()
    page.locator("#song:not([aria-busy])").wait_for()
    assert page.locator(".hear[aria-pressed=true]").count() == 1
    before = position(page)
    page.wait_for_timeout(300)
    assert position(page) > before
    page.get_by_role("link", name="Choose Take 1").click()
    shown(page, fourth)
    assert position(page) >= before
    assert page.locator("audio.mix").evaluate("audio => !audio.paused")


def _taken_along(page: Page, folder: Path) -> None:
    files = {}
    for name in ("WAV", "Stems", "MIDI", "DAW bundle"):
        with page.expect_download() as started:
            page.locator(".files").get_by_role("link", name=name, exact=True).click()
        path = folder / started.value.suggested_filename
        started.value.save_as(path)
        files[name] = path.read_bytes()
    assert files["WAV"][:4] == b"RIFF"
    assert files["MIDI"][:4] == b"MThd"
    with zipfile.ZipFile(io.BytesIO(files["Stems"])) as archive:
        assert "drums.wav" in archive.namelist()
        assert archive.testzip() is None
    with zipfile.ZipFile(io.BytesIO(files["DAW bundle"])) as archive:
        assert any(name.endswith(".mid") for name in archive.namelist())


def test_making_is_cancelled(page: Page) -> None:
    page.goto("/")
    say(page, "long orchestral piece")
    page.locator("#length").fill("120")
    page.locator("#generate").click()
    page.locator("#cancel").click()
    page.get_by_text("Cancelled.").wait_for(timeout=MADE_MS)
    assert page.locator("#making").is_hidden()
    assert page.locator("#song .play").is_disabled()


def test_the_page_of_jobs_is_accessible(
    page: Page, accessible: Callable[[Page], None], served: str
) -> None:
    question = {"prompt": "long orchestral piece", "duration_s": 120}
    job = api(served, "/v1/generate", {"question": question})["job_id"]
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"/making/{job}")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("heading", name="Cancelled").wait_for(timeout=MADE_MS)
    accessible(page)


def test_back_and_reload_find_what_was_asked_and_made(page: Page, made: str) -> None:
    page.goto(f"/?prompt=calm+jazz&song={made}")
    shown(page)
    page.get_by_role("link", name="Earlier songs").click()
    page.locator(".song-line").first.wait_for()
    page.go_back()
    assert shown(page) == made
    assert page.locator("#prompt").input_value() == "calm jazz"
    page.go_forward()
    page.locator(".song-line a").first.click()
    shown(page)


def test_text_from_outside_stays_text(page: Page) -> None:
    page.goto("/")
    evil = "</textarea><img src=x onerror=alert(1)> dark\n\n🎹 موسيقى house"
    page.on("dialog", lambda _: pytest.fail("a script ran"))
    page.locator("#prompt").fill(evil)
    page.locator("#marked mark", has_text="house").wait_for()
    assert page.locator("#marked").text_content() == evil
    assert page.locator("main img").count() == 0
    with page.expect_response(
        lambda answer: answer.request.method == "POST", timeout=60_000
    ) as read:
        page.locator("#prompt").fill("dark " * 3_999 + "jazz")
    assert read.value.status == 200
    page.locator("#marked mark").first.wait_for(state="attached")
    assert page.locator("#trouble").text_content() == ""


def test_the_core_works_without_javascript(browser: Browser, served: str) -> None:
    context = browser.new_context(base_url=served, java_script_enabled=False)
    page = context.new_page()
    try:
        page.goto("/")
        page.locator("#prompt").fill("dark house, skippety")
        page.locator("#length").fill("5")
        page.get_by_role("button", name="Show what it understands").click()
        assert page.locator("#marked mark.unknown").text_content() == "skippety"
        assert page.locator("#marked").is_visible()
        page.locator("#understood [name='lock.energy']").fill("0.4")
        page.get_by_role("button", name="How could it be said better?").click()
        page.locator("#advice summary").click()
        page.get_by_role("button", name="minor key").click()
        assert page.locator("#prompt").input_value() == "dark house, skippety, minor key"
        assert float(page.locator("#understood [name='lock.energy']").input_value()) == 0.4
        page.get_by_role("button", name="Generate").click()
        page.wait_for_url("**/song/*", timeout=MADE_MS)
        first = page.url
        assert page.locator("audio.mix").is_visible()
        assert page.locator(".stem audio").first.is_visible()
        assert page.locator(".mute").first.is_hidden()
        page.locator("#words").fill("darker")
        page.get_by_role("button", name="What would it change?").click()
        page.locator("#preview").get_by_text("asked: darker").first.wait_for()
        page.get_by_role("button", name="Change", exact=True).click()
        page.wait_for_url(lambda url: "/song/" in url and url != first, timeout=MADE_MS)
        page.goto("/songs")
        assert page.locator(".song-line").count() >= 2
    finally:
        context.close()
