"""The train flow: the same steps as `pipelines.train`, seen and scheduled by a Prefect server."""

from __future__ import annotations

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from pipelines.flows.artifacts import Board, code
from pipelines.train import Trained, TrainRequest, train
from schemas.settings import Settings


def run_train_flow(settings: Settings, request: TrainRequest) -> Trained:
    """Train as a flow run."""
    finished: list[Trained] = []

    @task(
        name="train",
        description="Learn the mapping from one snapshot, judge it on held-out groups, save it.",
        cache_policy=NO_CACHE,
        persist_result=False,
    )
    def learn() -> str:
        finished.append(train(settings, request))
        return finished[0].path.name

    @flow(
        name="train",
        description="From one snapshot of the warehouse to a saved mapping from words to features.",
        persist_result=False,
    )
    def train_mapping(encoder: str, seed: int, as_of: str) -> str:
        log = get_run_logger()
        board = Board(log)
        board.tag("wordtone", "train")
        log.info("training with encoder %s, seed %d, on the catalogue as of %s", *_asked(request))
        name = learn()
        log.info("%s: %d tracks, %.1f s", name, finished[0].tracks, finished[0].seconds)
        board.markdown("train-summary", _summary(finished[0]))
        return name

    train_mapping(*_asked(request))
    return finished[0]


def _asked(request: TrainRequest) -> tuple[str, int, str]:
    return request.encoder, request.seed, "now" if request.as_of is None else str(request.as_of)


def _summary(trained: Trained) -> str:
    waits = trained.promotion is None or trained.promotion.in_use != trained.path.name
    in_use = "It is not in use." if waits else "`wordtone condition` uses it from now on."
    return (
        f"# {code(trained.path.name)}\n\n{trained.tracks} tracks, snapshot {trained.snapshot}, "
        f"{trained.seconds:.1f} s. {in_use}"
    )
