"""The flow train-generator: the steps of `pipelines.train_generator`, seen by a Prefect server."""

from __future__ import annotations

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from pipelines.flows.artifacts import Board, code
from pipelines.generator.request import GeneratorRequest
from pipelines.train_generator import GeneratorTrained, Progress, train_generator
from schemas.settings import Settings


def run_train_generator_flow(
    settings: Settings, request: GeneratorRequest, progress: Progress
) -> GeneratorTrained:
    """Train a generator as a flow run."""
    finished: list[GeneratorTrained] = []

    @task(
        name="train-generator",
        description="Gather what may train, learn from it, keep the weights with their manifest.",
        cache_policy=NO_CACHE,
        persist_result=False,
    )
    def learn() -> str:
        finished.append(train_generator(settings, request, progress))
        return finished[0].path.name

    @flow(
        name="train-generator",
        description="From licensed tracks and the style library to a generator of one's own.",
        persist_result=False,
    )
    def train_own_generator(kind: str, seed: int, as_of: str) -> str:
        log = get_run_logger()
        board = Board(log)
        board.tag("wordtone", "train-generator")
        log.info("training a generator of kind %s, seed %d, catalogue as of %s", kind, seed, as_of)
        name = learn()
        log.info("%s: %.1f s", name, finished[0].seconds)
        board.markdown("train-generator-summary", _summary(finished[0]))
        return name

    as_of = "now" if request.as_of is None else str(request.as_of)
    train_own_generator(request.kind, request.seed, as_of)
    return finished[0]


def _summary(trained: GeneratorTrained) -> str:
    manifest = trained.manifest
    licences = ", ".join(f"{name}: {count}" for name, count in manifest.licences.items())
    return (
        f"# {code(trained.path.name)}\n\n{len(manifest.tracks)} tracks, "
        f"{manifest.library_pieces} pieces of the style library, snapshot {manifest.snapshot}, "
        f"{trained.seconds:.1f} s.\n\nLicences: {licences}."
    )
