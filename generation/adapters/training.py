"""Training a projector beside a frozen generator, from batches of pairs."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from generation.adapters.adapter import joined
from generation.adapters.hosts.host import Host
from generation.adapters.pairs import Batch
from generation.adapters.projector import Projector, Shape
from generation.contract import Progress, silent
from schemas.errors import GenerationError, InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """How a projector is trained.

    Attributes
    ----------
    steps : batches
    rate : highest learning rate of AdamW; warmed up over `warm` steps, then a half cosine to 0
    drop : share of pairs whose vector is replaced by the null tokens, for guidance
    drop_words : share of pairs whose words are left out, so that the vector stands alone
    tokens, hidden : of the projector
    seed : of its first weights, of what is dropped and of the generator's noise
    """

    steps: int = 2000
    rate: float = 1e-3
    warm: int = 50
    drop: float = 0.1
    drop_words: float = 0.5
    tokens: int = 8
    hidden: int = 256
    clip: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        wrong = [n for n in ("drop", "drop_words") if not 0 <= getattr(self, n) <= 1]
        wrong += [n for n in ("steps", "tokens", "hidden") if getattr(self, n) < 1]
        if wrong or not 0 < self.rate < 1:
            name = (wrong or ["rate"])[0]
            raise InputError(f"{name}: {getattr(self, name)} is no valid choice for training")


@dataclass(slots=True)
class Course:
    """What training showed: losses step by step, and where its time went, in seconds."""

    losses: list[float] = field(default_factory=list)
    waiting_s: float = 0.0
    stepping_s: float = 0.0
    pairs: int = 0

    @property
    def waiting_share(self) -> float:
        """Share of the time in which the loop waited for its data."""
        return self.waiting_s / max(1e-9, self.waiting_s + self.stepping_s)

    def summary(self, config: Config) -> dict[str, Any]:
        """For a manifest: choices, pairs and mean losses of the first and last tenth."""
        tenth = max(1, len(self.losses) // 10)
        return {
            "config": asdict(config),
            "pairs": self.pairs,
            "loss_first": round(float(np.mean(self.losses[:tenth])), 5),
            "loss_last": round(float(np.mean(self.losses[-tenth:])), 5),
        }


def train(
    host: Host,
    batches: Iterable[Batch],
    vectors: np.ndarray[Any, Any],
    config: Config,
    progress: Progress = silent,
) -> tuple[Projector, Course]:
    """Fit a projector to pairs; the host's weights stay untouched.

    Parameters
    ----------
    batches : pairs, at least `config.steps` batches of them (`PairStream` never ends)
    vectors : (N, 4·T + 24), vectors that are standardised by

    Raises
    ------
    GenerationError
        When the loss is no longer finite, or the batches end early.
    """
    random = torch.Generator().manual_seed(config.seed)
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        projector = _projector(host, vectors, config)
        optimiser = torch.optim.AdamW(projector.parameters(), lr=config.rate, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda n: _rate(n, config))
        course = Course()
        for number, batch in enumerate(_timed(batches, course)):
            started = time.perf_counter()
            loss = _loss(host, projector, batch, config, random)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(projector.parameters(), config.clip)
            optimiser.step()
            schedule.step()
            course.losses.append(float(loss.detach()))
            course.stepping_s += time.perf_counter() - started
            course.pairs += len(batch.vectors)
            if not math.isfinite(course.losses[-1]):
                raise GenerationError(f"adapter: the loss at step {number} is not finite")
            progress((number + 1) / config.steps, f"training, loss {course.losses[-1]:.3f}")
            if number + 1 == config.steps:
                break
        else:
            raise GenerationError(f"adapter: the pairs ended after {len(course.losses)} steps")
    projector.eval()
    return projector, course


def _projector(host: Host, vectors: np.ndarray[Any, Any], config: Config) -> Projector:
    shape = Shape(
        inputs=vectors.shape[1], width=host.width, tokens=config.tokens, hidden=config.hidden
    )
    projector: Projector = Projector(shape).to(host.device)
    projector.fit(torch.as_tensor(vectors, dtype=torch.float32, device=host.device))
    states, mask = host.words(["a calm piano", "fast bright techno with drums"])
    projector.fit_scale(states.float(), mask)
    return projector


def _loss(
    host: Host, projector: Projector, batch: Batch, config: Config, random: torch.Generator
) -> Tensor:
    count = len(batch.vectors)
    tokens = projector(torch.as_tensor(batch.vectors, device=host.device))
    drawn = torch.rand((2, count), generator=random).to(host.device)
    without = (drawn[0] < config.drop)[:, None, None]
    tokens = torch.where(without, projector.nothing(count), tokens)
    states, mask = host.words(batch.prompts)
    spoken = (drawn[1] >= config.drop_words)[:, None].to(mask.dtype)
    both = joined("states", "mask", tokens, states, mask * spoken)
    loss: Tensor = host.loss(both["states"], both["mask"], _tensor(batch.targets))
    return loss


def _tensor(targets: np.ndarray[Any, Any]) -> Tensor:
    found = torch.from_numpy(np.ascontiguousarray(targets))
    return found.float() if found.is_floating_point() else found.long()


def _rate(step: int, config: Config) -> float:
    if step < config.warm:
        return (step + 1) / config.warm
    left = (step - config.warm) / max(1, config.steps - config.warm)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, left)))


def _timed(batches: Iterable[Batch], course: Course) -> Iterator[Batch]:
    source = iter(batches)
    while True:
        started = time.perf_counter()
        try:
            batch = next(source)
        except StopIteration:
            return
        finally:
            course.waiting_s += time.perf_counter() - started
        yield batch
