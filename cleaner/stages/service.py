"""HTTP: a small service on Starlette, bounded in size, in number and in time."""

from __future__ import annotations

import asyncio
import html
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from cleaner.errors import DocumentError
from cleaner.stages.extras import extra
from cleaner.stages.openapi import document
from cleaner.stages.stage import PLAIN, Stage
from cleaner.stages.workers import Unanswered, Workers

with extra("serve"):
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
    from starlette.applications import Starlette
    from starlette.requests import ClientDisconnect, Request
    from starlette.responses import HTMLResponse, JSONResponse, Response
    from starlette.routing import Route

JSON, LINES = "application/json", ("application/jsonl", "application/x-ndjson", "application/x-jsonlines")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the service takes upon itself.

    Attributes:
        n_processes: that judge.
        max_body_bytes: larger requests are refused with 413.
        max_waiting: requests under way and waiting; further ones are refused with 503.
        read_seconds: for a request to arrive, else 408.
    """

    n_processes: int = 1
    max_body_bytes: int = 8 * 2**20
    max_waiting: int = 64
    read_seconds: float = 10.0


class Refusal(Exception):  # noqa: N818 - an answer, not a failure
    """A request that is not served.

    Attributes:
        status: of the answer.
        problem: what is wrong and what to do.
    """

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(status, problem)
        self.status = status
        self.problem = problem


@dataclass(slots=True)
class Meters:
    """What `/metrics` shows."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    requests: Counter = field(init=False)
    seconds: Histogram = field(init=False)
    documents: Counter = field(init=False)
    chars: Counter = field(init=False)
    waiting: Gauge = field(init=False)

    def __post_init__(self) -> None:
        registry = self.registry
        self.requests = Counter("cleaner_requests", "Requests answered.", ["path", "status"], registry=registry)
        self.seconds = Histogram("cleaner_request_seconds", "From the first byte read to the answer.", ["path"], registry=registry)
        self.documents = Counter("cleaner_documents", "Documents judged, and those that failed.", ["outcome"], registry=registry)
        self.chars = Counter("cleaner_characters", "Characters judged and given back.", ["direction"], registry=registry)
        self.waiting = Gauge("cleaner_requests_waiting", "Requests under way or waiting.", registry=registry)


class Service:
    """The handlers of the service and what they share.

    Args:
        stage: what to do.
        limits: see there.
    """

    def __init__(self, stage: Stage = PLAIN, limits: Limits = Limits()) -> None:
        self.limits = limits
        self.meters = Meters()
        self._workers = Workers(stage, limits.n_processes)
        self._n_waiting = 0

    async def judge(self, request: Request) -> Response:
        """Answer `/clean` and `/label`."""
        path, begin = request.url.path, time.monotonic()
        try:
            response = await self._judge(request, path == "/label")
        except Refusal as refusal:
            headers = {"connection": "close"} if refusal.status in (408, 413) else {"retry-after": "1"} if refusal.status == 503 else {}
            response = JSONResponse({"error": refusal.problem}, refusal.status, headers)
        self.meters.requests.labels(path, response.status_code).inc()
        self.meters.seconds.labels(path).observe(time.monotonic() - begin)
        return response

    async def _judge(self, request: Request, label: bool) -> Response:
        sort = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
        if sort != JSON and sort not in LINES:
            raise Refusal(415, f"content-type: got {sort!r}; send {JSON}, a record, or {LINES[0]}, a record a line")
        if self._n_waiting >= self.limits.max_waiting:
            raise Refusal(503, "too many requests are waiting; try again")
        self._n_waiting += 1
        self.meters.waiting.set(self._n_waiting)
        try:
            body = await self._body(request)
            answer = await self._workers.answer(body, label, sort in LINES)
        except DocumentError as error:
            self.meters.documents.labels("failed").inc()
            raise Refusal(422, error.problem) from error
        except Unanswered as error:
            raise Refusal(500, "the document took its process down twice; report it as a bug") from error
        finally:
            self._n_waiting -= 1
            self.meters.waiting.set(self._n_waiting)
        self.meters.documents.labels("judged").inc(answer.n_documents)
        self.meters.documents.labels("failed").inc(answer.n_failed)
        self.meters.chars.labels("in").inc(answer.chars_in)
        self.meters.chars.labels("out").inc(answer.chars_out)
        return Response(answer.body, media_type=sort)

    async def _body(self, request: Request) -> bytes:
        """The body of a request, as far as it stays within the limits.

        Raises:
            Refusal: it is too long, too late, or broken off.
        """
        limit, length = self.limits.max_body_bytes, request.headers.get("content-length", "0")
        too_long = Refusal(413, f"the body is longer than {limit:,} bytes; send less, or start the service with --max-body-bytes")
        if not length.isdecimal() or int(length) > limit:
            raise too_long
        body = bytearray()
        try:
            async with asyncio.timeout(self.limits.read_seconds):
                async for piece in request.stream():
                    body += piece
                    if len(body) > limit:
                        raise too_long
        except TimeoutError as error:
            raise Refusal(408, f"the body did not arrive within {self.limits.read_seconds:g} s") from error
        except ClientDisconnect as error:
            raise Refusal(400, "the body broke off") from error
        return bytes(body)

    async def health(self, _request: Request) -> Response:
        """Answer `/healthz`."""
        return JSONResponse({"status": "ok"})

    async def metrics(self, _request: Request) -> Response:
        """Answer `/metrics`."""
        return Response(generate_latest(self.meters.registry), headers={"content-type": CONTENT_TYPE_LATEST})

    def close(self) -> None:
        """End the processes."""
        self._workers.close()


def application(stage: Stage = PLAIN, limits: Limits = Limits()) -> Starlette:
    """The service as an ASGI application.

    Raises:
        BundleError: the model cannot be used.
        ConfigError: a setting is wrong.

    Example:
        >>> sorted(route.path for route in application().routes)
        ['/clean', '/docs', '/healthz', '/label', '/metrics', '/openapi.json']
    """
    service = Service(stage, limits)
    described = document(limits.max_body_bytes)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            service.close()

    async def openapi(_request: Request) -> Response:
        return JSONResponse(described)

    async def docs(_request: Request) -> Response:
        return HTMLResponse(page(described))

    routes = [
        Route("/clean", service.judge, methods=["POST"]),
        Route("/label", service.judge, methods=["POST"]),
        Route("/healthz", service.health),
        Route("/metrics", service.metrics),
        Route("/openapi.json", openapi),
        Route("/docs", docs),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def page(described: dict[str, Any]) -> str:
    """The description of the service for people: one page without scripts and without network."""
    parts = [f"<h1>{html.escape(described['info']['title'])}</h1><p>{html.escape(described['info']['description'])}</p>"]
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            parts.append(f"<h2>{method.upper()} {path}</h2><p>{html.escape(operation['summary'])}</p><table>")
            parts += [f"<tr><td>{status}<td>{html.escape(said['description'])}" for status, said in operation["responses"].items()]
            parts.append("</table>")
    style = "body{font:16px sans-serif;max-width:50em;margin:2em auto;padding:0 1em}td{padding:.2em 1em .2em 0;vertical-align:top}"
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>cleaner</title><style>{style}</style>"
    return f"{head}{''.join(parts)}<p>For programs: <a href=/openapi.json>/openapi.json</a>"
