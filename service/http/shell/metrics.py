"""Counters of the service, in a registry of their own, as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.3, 2.5, 5.0, 10.0)


def _count(jobs: Callable[[], Mapping[str, int]], state: str) -> float:
    return jobs()[state]


class Metrics:
    """One set of counters an application: two in one process do not add up."""

    def __init__(self, jobs: Callable[[], Mapping[str, int]]) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "wordtone_http_requests",
            "requests answered",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "wordtone_http_request_seconds",
            "time until a request was answered",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "wordtone_http_requests_in_flight", "requests being answered", registry=self.registry
        )

        by_state = Gauge("wordtone_jobs", "jobs by state", ("state",), registry=self.registry)
        for state in jobs():
            by_state.labels(state).set_function(partial(_count, jobs, state))

    def text(self) -> bytes:
        """All of them in Prometheus' text format."""
        return generate_latest(self.registry)
