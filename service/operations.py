"""What the command line, HTTP and the page have in common: prompt → vector, tracks, training."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.settings import Settings
from service import compose

if TYPE_CHECKING:
    from generation.contract import Progress
    from mapping.model import Mapping
    from mapping.reading.wishes import Options
    from pipelines.generator.request import GeneratorRequest
    from pipelines.import_metadata import ImportReport, ImportRequest
    from pipelines.maintain import MaintainReport, MaintainRequest
    from pipelines.progress import Observer
    from pipelines.train import Trained, TrainRequest
    from pipelines.train_generator import GeneratorTrained
    from schemas.answers import ConditioningVector
    from schemas.conditioning import ConditioningRequest
    from schemas.control import Explanation, Refinement
    from schemas.guidance import Guidance
    from schemas.melody import Transcription
    from schemas.report import FileReport
    from service.generations import Generated, Generating


def condition(
    settings: Settings,
    prompt: str,
    options: Options,
    model_id: str | None = None,
    clip: Path | None = None,
) -> ConditioningVector:
    """A prompt's conditioning vector by the named mapping, or the one in use.

    With a `clip`, a recording, it is the clip's vector moved by the prompt: "like this, but 10 %
    faster" (`pipelines.reference_clip`).

    Raises
    ------
    NotTrainedError
        When no mapping, or none of that id, has been trained.
    PromptError
        When the prompt or an option cannot be.
    AudioError
        When the clip cannot be measured.
    """
    if clip is not None:
        from pipelines.reference_clip import measure_clip, vector_like

        measured = measure_clip(settings, clip)
        return vector_like(compose.load_mapping(settings, model_id), measured, prompt, options)
    return compose.load_mapping(settings, model_id).condition(prompt, options)


@dataclass(frozen=True, slots=True)
class Heard:
    """What goes with the words of a prompt: a melody, and a clip to sound like, heard before."""

    melody: Transcription | None = None
    like: FileReport | None = None


NOTHING_HEARD = Heard()


def conditioned(
    mapping: Mapping, prompt: str, options: Options, heard: Heard = NOTHING_HEARD
) -> ConditioningVector:
    """A prompt's vector by `mapping`, with what was heard before in recordings.

    Raises
    ------
    PromptError
        When the prompt or an option cannot be.
    InputError
        When the melody has no notes, or the clip nothing that could be asked for.
    """
    if heard.like is not None:
        from pipelines.reference_clip import measured_before, vector_like

        vector = vector_like(mapping, measured_before(heard.like), prompt, options)
    else:
        if heard.melody is not None and not prompt.strip() and not options.states_anything():
            # A melody alone says enough: its tempo and key follow below.
            options = replace(options, vocals="open")
        vector = mapping.condition(prompt, options)
    if heard.melody is None:
        return vector
    from service.melodies import with_notes

    return with_notes(vector, heard.melody)


def refine(
    settings: Settings,
    vector: ConditioningVector,
    words: str,
    locks: Collection[str] = (),
    model_id: str | None = None,
) -> Refinement:
    """An earlier vector moved by words. Raises as `condition` does."""
    return compose.load_mapping(settings, model_id).refine(vector, words, locks)


def explain(
    settings: Settings, prompt: str, options: Options, model_id: str | None = None
) -> Explanation:
    """What each phrase of a prompt contributed to the answer. Raises as `condition` does."""
    return compose.load_mapping(settings, model_id).explain(prompt, options)


def guide(
    settings: Settings, prompt: str, options: Options, model_id: str | None = None
) -> Guidance:
    """What a prompt leaves open and how to say it better. Raises as `condition` does."""
    return compose.load_mapping(settings, model_id).guide(prompt, options)


def generate(
    settings: Settings,
    request: ConditioningRequest,
    how: Generating | None = None,
    progress: Progress | None = None,
) -> Generated:
    """A request, or a vector, as sound: kept, measured and judged.

    Raises as `service.generations.generate` does.
    """
    from generation.contract import silent
    from service import generations

    return generations.generate(settings, request, how, progress or silent)


def track(settings: Settings, track_id: str) -> dict[str, Any] | None:
    """Everything known of a track, as `service.detail` has it; None when there is no such track."""
    from service.detail import track_detail

    with compose.open_lake(settings) as lake:
        return track_detail(lake, track_id)


def train(settings: Settings, request: TrainRequest) -> Trained:
    """Train and keep a mapping; as a flow run where there is a Prefect server to see it.

    Without one (PREFECT_API_URL) the steps run plainly: a temporary server would take longer to
    start than a small catalogue takes to learn.
    """
    if os.environ.get("PREFECT_API_URL"):
        from pipelines.flows.environment import prepare

        prepare(settings.home_path / "prefect")
        from pipelines.flows.train import run_train_flow

        return run_train_flow(settings, request)
    from pipelines.train import train as train_plainly

    return train_plainly(settings, request)


def train_generator(
    settings: Settings, request: GeneratorRequest, progress: Progress
) -> GeneratorTrained:
    """Train and keep a generator; as a flow run where there is a Prefect server to see it."""
    if os.environ.get("PREFECT_API_URL"):
        from pipelines.flows.environment import prepare

        prepare(settings.home_path / "prefect")
        from pipelines.flows.train_generator import run_train_generator_flow

        return run_train_generator_flow(settings, request, progress)
    from pipelines.train_generator import train_generator as train_plainly

    return train_plainly(settings, request, progress)


def maintain(settings: Settings, request: MaintainRequest) -> MaintainReport:
    """Expire, compact and clean up; as a flow run where there is a Prefect server to see it."""
    if os.environ.get("PREFECT_API_URL"):
        from pipelines.flows.environment import prepare

        prepare(settings.home_path / "prefect")
        from pipelines.flows.maintain import run_maintain_flow

        return run_maintain_flow(settings, request)
    from pipelines.maintain import maintain as maintain_plainly

    return maintain_plainly(settings, request)


def import_metadata(settings: Settings, request: ImportRequest, observer: Observer) -> ImportReport:
    """Import a metadata set; as a flow run where there is a Prefect server to see it."""
    if os.environ.get("PREFECT_API_URL"):
        from pipelines.flows.environment import prepare

        prepare(settings.home_path / "prefect")
        from pipelines.flows.import_metadata import run_import_flow

        return run_import_flow(settings, request, observer)
    from pipelines.import_metadata import import_metadata as import_plainly

    return import_plainly(settings, request, observer)
