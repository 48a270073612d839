"""The HTTP application: routes by subject, and what stands around all of them.

Starts without Prefect, torch, librosa, scikit-learn or pandas. From outside in, a request passes
CORS, its id and log line, security headers, the rate limit, the check of whose page sends it, the
limits of its body, and the token's scope.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anyio.to_thread
from fastapi import FastAPI, Security
from starlette.middleware.cors import CORSMiddleware

from schemas.settings import Settings
from service.browsing.catalogue import Catalogue
from service.http.holder import MappingHolder
from service.http.openapi import describe
from service.http.routes.batch import add_batch
from service.http.routes.browsing import add_browsing
from service.http.routes.catalogue import add_catalogue
from service.http.routes.conditioning import add_conditioning
from service.http.routes.curating import add_curating
from service.http.routes.generation import add_generation
from service.http.routes.listening import add_listening, add_similar_to
from service.http.routes.observing import add_observing
from service.http.routes.opensubsonic import add_opensubsonic
from service.http.routes.reviews import add_reviews
from service.http.routes.searching import add_searching
from service.http.routes.spotify import add_spotify
from service.http.shell.head import HeadAsGet
from service.http.shell.headers import SecurityHeaders
from service.http.shell.limits import BodyLimit, RateLimit
from service.http.shell.metrics import Metrics
from service.http.shell.observing import Observed
from service.http.shell.origin import LOCAL_NAMES, SameOrigin
from service.http.shell.patience import BodyPatience
from service.http.shell.problems import add_problems
from service.http.shell.tokens import Scope, read_tokens, requires
from service.http.strict import StrictRoute
from service.jobs.runner import Runner
from service.listening import Listening
from service.web.pages import add_pages
from service.web.site import Site

Guard = Callable[[Scope], list[Any]]
"""The dependencies of a route that needs a scope."""


def create_app(settings: Settings) -> FastAPI:
    """The application for these settings.

    Raises
    ------
    SettingsError
        When the file of tokens cannot be read.
    """
    runner, catalogue = Runner(settings), Catalogue(settings)
    holder = MappingHolder(settings)
    app = FastAPI(
        title="wordtone",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=_lifespan(runner, catalogue, holder),
    )
    app.state.runner = runner  # which the server's end concerns
    app.router.route_class = StrictRoute
    tokens, metrics = read_tokens(settings), Metrics(runner.counts)
    describe(app, guarded=bool(tokens))

    def guard(scope: Scope) -> list[Any]:
        # The scope is named for the document; `requires` checks it.
        return [Security(requires(tokens, scope), scopes=[scope.value])]

    add_observing(app, metrics, guard)
    add_conditioning(app, holder.get, guard)
    add_batch(app, holder.get, guard)
    add_catalogue(app, settings, guard)
    add_browsing(app, settings, catalogue, guard)
    add_curating(app, settings, catalogue, guard)
    add_searching(app, settings, guard)
    listening = Listening(settings)
    add_spotify(app, settings, listening, guard)
    add_opensubsonic(app, settings, tokens)
    add_listening(app, listening, guard)
    add_similar_to(app, settings, guard)
    add_reviews(app, settings, tokens, guard)
    add_generation(app, settings, holder.get, runner, guard)
    add_pages(app, Site(settings, holder.get, runner, tokens, catalogue, listening))
    add_problems(app)
    _surround(app, settings, metrics, guarded=bool(tokens))
    return app


def _lifespan(
    runner: Runner, catalogue: Catalogue, holder: MappingHolder
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        runner.start()
        prepared = holder.prepare()
        yield
        await anyio.to_thread.run_sync(prepared)
        await anyio.to_thread.run_sync(runner.stop)
        await anyio.to_thread.run_sync(catalogue.stop)

    return lifespan


def _surround(app: FastAPI, settings: Settings, metrics: Metrics, *, guarded: bool) -> None:
    """Put the middleware on, innermost first."""
    origins = [origin.strip() for origin in settings.cors.split(",") if origin.strip()]
    app.add_middleware(HeadAsGet)
    app.add_middleware(BodyPatience)
    app.add_middleware(BodyLimit)
    app.add_middleware(SameOrigin, origins=origins, names=() if guarded else LOCAL_NAMES)
    app.add_middleware(RateLimit, a_minute=settings.requests_per_minute)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Observed, metrics=metrics)
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "X-Request-ID"],
            expose_headers=["X-Request-ID"],
        )
