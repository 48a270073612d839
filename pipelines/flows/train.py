"""The train flow: the same steps as `pipelines.train`, seen and scheduled by a Prefect server."""

from __future__ import annotations

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from pipelines.train import Trained, TrainRequest, train
from schemas.settings import Settings


def run_train_flow(settings: Settings, request: TrainRequest) -> Trained:
    """Train as a flow run."""
    finished: list[Trained] = []

    @task(name="train", cache_policy=NO_CACHE, persist_result=False)
    def learn() -> str:
        finished.append(train(settings, request))
        return finished[0].path.name

    @flow(name="train", persist_result=False)
    def train_mapping(encoder: str, seed: int) -> str:
        name = learn()
        summary = f"# {name}\n\n{finished[0].tracks} tracks, snapshot {finished[0].snapshot}"
        create_markdown_artifact(summary, key="train-summary")
        return name

    train_mapping(request.encoder, request.seed)
    return finished[0]
