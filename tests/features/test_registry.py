"""Adding a feature is one entry and one function; a disagreement of the two is an error."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.features import registry
from pipelines.features.analysis import Analysis
from pipelines.features.extract import extract
from pipelines.features.registry import measurements, measures
from schemas.errors import ContractError
from schemas.features import FEATURES, FeatureSpec
from schemas.outcomes import NullReason
from schemas.protocols import Value
from tests.features import synth

LOOP = synth.audio(synth.drums(120, 3))


def spec(name: str, how: str = "measured", size: int = 1) -> FeatureSpec:
    return FeatureSpec(name, "timbre", 1, "1", 0, 1, "linear", "a test", "a test", how, size=size)  # type: ignore[arg-type]  # a literal


def _run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )


@pytest.fixture
def claimed() -> Iterator[dict[str, registry.Measurement]]:
    """The claims of our extractor, put back afterwards."""
    measurements()
    before = dict(registry._MEASUREMENTS[registry.EXTRACTOR])
    yield registry._MEASUREMENTS[registry.EXTRACTOR]
    registry._MEASUREMENTS[registry.EXTRACTOR].clear()
    registry._MEASUREMENTS[registry.EXTRACTOR].update(before)


def test_a_new_feature_is_one_entry_and_one_function(claimed: object) -> None:
    @measures("peak")
    def peak(analysis: Analysis) -> Value:
        return analysis.sample_peak

    values = extract(LOOP, ["timbre"], (*FEATURES, spec("peak")))
    assert values["peak"] == pytest.approx(float(abs(LOOP.samples).max()))


def test_a_new_module_is_found(tmp_path: Path) -> None:
    """In a process of its own, with a module added to the package's path."""
    (tmp_path / "added.py").write_text(
        "from pipelines.features.registry import measures\n"
        "@measures('added')\n"
        "def added(analysis):\n"
        "    return 0.5\n"
    )
    program = (
        "import dataclasses, pipelines.features\n"
        f"pipelines.features.__path__.append({str(tmp_path)!r})\n"
        "from pipelines.features.registry import measurements\n"
        "from schemas.features import FEATURES\n"
        "entry = dataclasses.replace(FEATURES[0], name='added')\n"
        "print(measurements(features=(*FEATURES, entry))['added'].function.__module__)\n"
    )
    done = _run(program)
    assert (done.stdout.strip(), done.stderr) == ("pipelines.features.added", "")


def test_an_entry_without_a_function_is_an_error() -> None:
    with pytest.raises(ContractError, match=r"no function measures sparkle.*@measures\(\"sparkle"):
        extract(LOOP, features=(*FEATURES, spec("sparkle")))


def test_a_model_feature_without_a_function_is_null() -> None:
    values = extract(LOOP, ["timbre"], (*FEATURES, spec("mood", how="model")))
    assert values["mood"] is NullReason.NO_MODEL


def test_a_function_without_an_entry_is_an_error(claimed: object) -> None:
    @measures("unlisted")
    def unlisted(analysis: Analysis) -> Value:
        return 0.0

    with pytest.raises(ContractError, match=r"measures 'unlisted', which schemas/features.py"):
        extract(LOOP)


def test_two_functions_for_one_feature_are_an_error() -> None:
    with pytest.raises(ContractError, match=r"'zcr': measured by pipelines.features.timbre"):

        @measures("zcr")
        def zcr(analysis: Analysis) -> Value:
            return 0.0


@pytest.mark.parametrize("value", [(0.5,), 0.5, (0.1, 0.2, 0.3, 0.4)])
def test_a_value_of_the_wrong_size_is_an_error(claimed: object, value: Value) -> None:
    @measures("shape")
    def shape(analysis: Analysis) -> Value:
        return value

    size = 3 if isinstance(value, float) or len(value) > 1 else 1
    with pytest.raises(ContractError, match=f"feature 'shape'.*valid is size {size}"):
        extract(LOOP, ["timbre"], (*FEATURES, spec("shape", size=size)))


def test_a_short_vector_is_filled_with_none(claimed: object) -> None:
    @measures("pair")
    def pair(analysis: Analysis) -> Value:
        return (0.25, 0.75)

    values = extract(LOOP, ["timbre"], (*FEATURES, spec("pair", size=3)))
    assert values["pair"] == (0.25, 0.75, None)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1, 1.1])
def test_a_value_out_of_range_is_null(claimed: object, value: float) -> None:
    @measures("wild")
    def wild(analysis: Analysis) -> Value:
        return value

    values = extract(LOOP, ["timbre"], (*FEATURES, spec("wild")))
    assert values["wild"] is NullReason.OUT_OF_RANGE


def test_unknown_extractor_and_statistic_are_named() -> None:
    with pytest.raises(ContractError, match="'essentia'; valid: librosa, wordtone"):
        extract(LOOP, extractor="essentia")
    with pytest.raises(ContractError, match="'chromatic' is unknown; valid: bandwidth"):
        Analysis(LOOP).statistic("chromatic")


def test_the_hot_path_stays_light() -> None:
    """Neither librosa nor numba, nor any other slow import, for a first track."""
    program = (
        "import sys\n"
        "from pipelines.features.threads import limit_threads\n"
        "limit_threads()\n"
        "import pipelines.audio.decode\n"
        "from pipelines.features.extract import extract\n"
        "from tests.features import synth\n"
        "extract(synth.song(120, 0, True, 4))\n"
        "slow = {'librosa', 'numba', 'scipy.signal', 'sklearn', 'av', 'pandas', 'torch'}\n"
        "print(sorted(slow & set(sys.modules)))\n"
    )
    done = _run(program)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
