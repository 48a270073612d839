"""The peer: FastAPI that answers JSON with JSON of the same size, and does nothing between.

`python -m benchmarks._service_echo BYTES`. What the machine, the client, uvicorn and FastAPI cost
alone: a slow machine shows here.
"""

from __future__ import annotations

import json
import socket
import sys

import fastapi
import starlette
import uvicorn
from fastapi import FastAPI, Response
from pydantic import BaseModel

PEER = f"FastAPI {fastapi.__version__} on Starlette {starlette.__version__}, echo"


class Question(BaseModel):
    prompt: str


def echo_app(size: int) -> FastAPI:
    """An application whose POST /echo answers about `size` bytes with the prompt in them."""
    app, filling = FastAPI(openapi_url=None), "x" * size

    @app.post("/echo")
    def echo(question: Question) -> Response:
        answer = {"prompt": {"text": question.prompt}, "filling": filling}
        return Response(json.dumps(answer), media_type="application/json")

    return app


def main(size: int) -> None:
    config = uvicorn.Config(echo_app(size), host="127.0.0.1", port=0, log_level="warning")
    # As `service.http.server.listen` does, so that small parts are sent at once.
    listening = socket.socket(fileno=config.bind_socket().detach())
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(int(sys.argv[1]))
