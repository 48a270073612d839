"""Declaration engines: a real worker in a process of its own, and workers that mean no good."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

from generation.contract import Generated, Generator
from generation.engines.external import Declaration, External
from schemas.conditioning import ConditioningRequest
from schemas.errors import GenerationError, InputError

DOCS = Path(__file__).parents[3] / "docs" / "engines.md"
MANIFEST = {
    "engine": "test", "title": "Test", "parameters": [], "longest_s": 10,
    "sample_rate_hz": 16_000, "channels": 1, "code_licence": "MIT", "source": "this test",
}  # fmt: skip
START = """
import json, pathlib, sys, time, wave
asked = json.load(sys.stdin)
folder = pathlib.Path(asked["folder"])
def write(name="mix.wav", seconds=1.0, rate=16000, channels=1):
    with wave.open(str(folder / name), "wb") as file:
        file.setnchannels(channels); file.setsampwidth(2); file.setframerate(rate)
        file.writeframes((b"\\x00\\x10" * channels) * int(seconds * rate))
    return name
def say(**line): print(json.dumps(line), flush=True)
"""


def engine(tmp_path: Path, body: str, **declared: Any) -> External:
    script = tmp_path / "worker.py"
    script.write_text(START + dedent(body))
    fields = {"command": [sys.executable, "worker.py"], "manifest": MANIFEST, **declared}
    return External(Declaration.model_validate(fields), tmp_path)


def request(**more: Any) -> ConditioningRequest:
    return ConditioningRequest.model_validate({"prompt": {"text": "a calm piano"}, **more})


def test_the_worker_of_the_documentation_runs(tmp_path: Path) -> None:
    """What docs/engines.md shows is what runs: its declaration and its worker, as they stand."""
    text = DOCS.read_text(encoding="utf-8")
    toml = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    worker = re.search(r"```python\n(# worker\.py.*?)```", text, re.DOTALL)
    assert toml
    assert worker
    (tmp_path / "worker.py").write_text(worker[1])
    declared = re.sub(r'command = \["[^"]*"', f'command = ["{sys.executable}"', toml[1])
    (tmp_path / "mustango.toml").write_text(declared)
    made = External.load(tmp_path / "mustango.toml")
    assert isinstance(made, Generator)
    assert made.manifest.engine == "mustango"
    told: list[float] = []
    tempo = {"value": 100, "unit": "BPM", "source": "user", "confidence": 1, "lock": "hard"}
    asked = request(duration_s=4, features={"tempo_bpm": tempo})
    piece = made.generate(asked, 3, lambda share, _what: told.append(share))
    assert piece.mix.sample_rate_hz == made.manifest.sample_rate_hz
    assert piece.mix.duration_s > 1
    assert np.abs(piece.mix.samples).max() > 0.05
    assert told[-1] == 1
    again = made.generate(asked, 3)
    assert np.array_equal(piece.mix.samples, again.mix.samples)
    assert piece.weights[0].licence != ""


def test_stems_midi_notes_and_weights_come_back(tmp_path: Path) -> None:
    one = engine(
        tmp_path,
        """
        (folder / "x.mid").write_bytes(b"MThd")
        (folder / "stems").mkdir()
        say(progress=0.5, doing="half")
        say(result={"audio": write(), "stems": {"drums": write("stems/d.wav", 0.5)},
            "midi": "x.mid", "notes": ["as told"], "ignored": ["melody"],
            "weights": {"id": "a/b", "licence": "MIT"}})
        """,
    )
    told: list[tuple[float, str]] = []
    made = one.generate(request(), 9, lambda share, what: told.append((share, what)))
    assert told == [(0.5, "half")]
    assert made.midi == b"MThd"
    assert made.notes == ("as told",)
    assert made.ignored == ("melody",)
    assert made.weights[0].id == "a/b"
    assert made.stems["drums"].frames == made.mix.frames == 16_000


def test_arrays_reach_the_worker_as_files(tmp_path: Path) -> None:
    one = engine(
        tmp_path,
        """
        assert asked["version"] == 1 and asked["seed"] == 4
        arrays = asked["payload"]["arrays"]
        heads = {k: pathlib.Path(v).read_bytes()[:6] == b"\\x93NUMPY" for k, v in arrays.items()}
        say(result={"audio": write(rate=32000), "notes": [json.dumps(heads)]})
        """,
        payload="musicgen-melody",
        manifest=None,
    )
    notes = [{"start_s": 0, "duration_s": 1, "pitch": 64}]
    made = one.generate(request(melody=notes, duration_s=1), 4)
    assert json.loads(made.notes[-1]) == {"input_features": True}


def ok(body: str) -> str:
    return f"{body}\nsay(result={{'audio': write()}})"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("sys.stderr.write('no \\x1b[31mGPU here'); sys.exit(3)", r"status 3: …no  \[31mGPU here"),
        ("pass", "without a result"),
        ("print('Loading model…')", "logs to stderr"),
        ("print('[1, 2]')", "no JSON object"),
        ("print('[' * 100000)", "no JSON"),
        ("print('x' * 2000000)", "more than 1048576 bytes"),
        ("say(progress='half')", "progress is 'half'"),
        ("say(result=[1])", "result is no JSON object"),
        ("say(result={})", "audio: Field required"),
        ("say(result={'audio': write(), 'sound': 1})", "sound: Extra inputs"),
        ("say(result={'audio': '../../etc/passwd'})", "valid is a file in its folder"),
        ("say(result={'audio': '/etc/passwd'})", "valid is a file in its folder"),
        ("say(result={'audio': 'none.wav'})", "has not written"),
        ("(folder/'l.wav').symlink_to('/etc/passwd'); say(result={'audio': 'l.wav'})", "a link"),
        ("(folder/'d').symlink_to('/etc'); say(result={'audio': 'd/passwd'})", "a link"),
        ("(folder/'t.wav').write_text('hello'); say(result={'audio': 't.wav'})", "is no audio"),
        ("say(result={'audio': write(seconds=40)})", r"40\.0 s; valid is up to"),
        ("say(result={'audio': write(seconds=0)})", r"0\.0 s; valid"),
        ("say(result={'audio': write(channels=3)})", "3 channels"),
        ("say(result={'audio': write(rate=4000)})", "4000 Hz"),
        ("say(result={'audio': write(), 'stems': {'a': write('a.wav', rate=8000)}})", "8000 Hz"),
        ("(folder/'m').write_bytes(bytes(5<<20)); say(result={'audio': write(), 'midi': 'm'})",
         "more than 4194304 bytes"),
        ("[(folder/str(i)).write_bytes(bytes(1<<20)) for i in range(9)]; time.sleep(9)",
         "wrote more than 8388608 bytes"),
    ],
)  # fmt: skip
def test_what_breaks_the_protocol_is_told(body: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(GenerationError, match=said):
        engine(tmp_path, body, max_bytes=8 << 20).generate(request(), 1)


def test_a_worker_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    body = """
    import subprocess
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    pathlib.Path("child").write_text(str(child.pid))
    time.sleep(60)
    """
    with pytest.raises(GenerationError, match=r"not done in 1\.5 s"):
        engine(tmp_path, body, timeout_s=1.5).generate(request(), 1)
    _gone(int((tmp_path / "child").read_text()))


def test_a_caller_that_stops_waiting_ends_the_worker(tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop(*_: Any) -> None:
        raise Stopped

    body = """
    import os
    pathlib.Path("child").write_text(str(os.getpid()))
    for i in range(1000000): say(progress=0.1)
    """
    with pytest.raises(Stopped):
        engine(tmp_path, body).generate(request(), 1, stop)
    _gone(int((tmp_path / "child").read_text()))


def _gone(process: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{process}/stat").is_file():
            state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
            if state == "Z":  # ended; whoever inherited it has not looked yet
                return
        time.sleep(0.05)
    raise AssertionError(f"process {process} still runs")


def test_settings_of_ours_do_not_reach_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORDTONE_TOKEN", "secret")
    body = """
    import os
    seen = [name for name in os.environ if name.startswith("WORDTONE")]
    say(result={"audio": write(), "notes": [str(seen)]})
    """
    assert engine(tmp_path, body).generate(request(), 1).notes[0] == "[]"


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    made: Generated = engine(tmp_path, ok("")).generate(request(), 1)
    assert made.mix.frames == 16_000
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('command = ["x"]', "one of payload and manifest"),
        ('command = []\npayload = "mustango"', "command"),
        ('command = ["x"]\npayload = "mustanga"', "did you mean mustango"),
        ('command = ["x"]\npayload = "mustango"\ntimeout = 3', "timeout: Extra inputs"),
        ("command = [", "not TOML"),
    ],
)
def test_a_wrong_declaration_names_file_and_field(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "e.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        External.load(path)


def test_a_missing_program_is_told(tmp_path: Path) -> None:
    declared = Declaration.model_validate({"command": ["./none"], "manifest": MANIFEST})
    with pytest.raises(GenerationError, match="cannot be started"):
        External(declared, tmp_path).generate(request(), 1)
