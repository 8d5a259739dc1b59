"""The page and its few requests over HTTP, for this machine and whoever has the token only."""

from __future__ import annotations

import json
import secrets
import socket
import webbrowser
from collections.abc import Awaitable, Callable
from importlib import resources
from typing import TYPE_CHECKING, Any

from cleaner.errors import CleanerError, ConfigError

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from cleaner.review.desk import Desk

HOST = "127.0.0.1"
MAX_BODY_BYTES = 2**20  # an answer for each of 10,000 paragraphs
# Nothing from elsewhere, nothing inline, no string that becomes markup: a document's text can only ever be text.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
FILES = {"/": ("index.html", "text/html"), "/page.css": ("page.css", "text/css"), "/page.js": ("page.js", "text/javascript")}


def serve(desk: Desk, port: int = 0, ready: Callable[[str], None] | None = None, browser: bool = True) -> None:
    """Serve the page until the program is interrupted.

    Args:
        desk: the documents.
        port: 0 takes one that is free.
        ready: told the address, token included, once the page can be opened.
        browser: whether to open it.

    Raises:
        ConfigError: the packages are missing, or the port is taken.
    """
    try:
        import uvicorn
    except ImportError as error:
        raise ConfigError('starlette and uvicorn are not installed; pip install "cleaner[review]"') from error
    token = secrets.token_urlsafe(32)
    server = uvicorn.Server(
        uvicorn.Config(application(desk, token), log_level="warning", access_log=False, server_header=False, lifespan="off")
    )
    with _listening(port) as listener:
        address = f"http://{HOST}:{listener.getsockname()[1]}/#{token}"
        if ready is not None:
            ready(address)
        if browser:
            webbrowser.open(address)  # the socket listens already: the browser waits the moment until it is served
        server.run([listener])


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen()
    except (OSError, OverflowError) as error:
        listener.close()
        raise ConfigError(f"--port {port}: {getattr(error, 'strerror', None) or error}; leave it out to take one that is free") from error
    return listener


def application(desk: Desk, token: str) -> Starlette:
    """The page and its requests as an ASGI application.

    Args:
        desk: the documents.
        token: what every request for anything of them must carry, `Authorization: Bearer …`.

    Raises:
        ConfigError: Starlette is not installed.
    """
    try:
        from starlette.applications import Starlette
        from starlette.middleware import Middleware
        from starlette.middleware.trustedhost import TrustedHostMiddleware
        from starlette.responses import Response
        from starlette.routing import Route
    except ImportError as error:
        raise ConfigError('starlette is not installed; pip install "cleaner[review]"') from error

    def file(path: str) -> Route:
        name, kind = FILES[path]
        body = resources.files("cleaner.review").joinpath("page", name).read_bytes()
        return Route(path, lambda _: Response(body, media_type=kind, headers=HEADERS))

    def guarded(path: str, method: str, handle: Callable[[Request, Any], Any]) -> Route:
        return Route(path, _guarded(handle, token), methods=[method])

    routes = [
        *map(file, FILES),
        Route("/favicon.ico", lambda _: Response(status_code=204, headers=HEADERS)),
        guarded("/api/documents", "GET", lambda request, body: desk.contents()),
        guarded("/api/documents/{number:int}", "GET", lambda request, body: desk.open(request.path_params["number"])),
        guarded(
            "/api/documents/{number:int}/answers", "PUT", lambda request, body: desk.answer(request.path_params["number"], _said(body))
        ),
        guarded("/api/documents/{number:int}/skipped", "PUT", lambda request, body: desk.skip(request.path_params["number"], body is True)),
    ]
    # A page elsewhere that has a name of its own lead here is told apart by that name.
    return Starlette(routes=routes, middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"], www_redirect=False)])


def _guarded(handle: Callable[[Request, Any], Any], token: str) -> Callable[[Request], Awaitable[Response]]:
    """A request that needs the token, and whose errors reach the page in words."""
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import Response

    def respond(value: object, status: int = 200) -> Response:
        return Response(json.dumps(value).encode(), status, HEADERS, "application/json")

    async def endpoint(request: Request) -> Response:
        given = request.headers.get("authorization", "").encode()
        if not secrets.compare_digest(given, f"Bearer {token}".encode()):
            return respond({"error": "this page belongs to another run; open the address that 'cleaner review' printed"}, 403)
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > MAX_BODY_BYTES:
                return respond({"error": f"more than {MAX_BODY_BYTES} bytes at once; answer fewer paragraphs at a time"}, 413)
        try:
            return respond(await run_in_threadpool(handle, request, json.loads(body) if body else None))
        except (CleanerError, ValueError, RecursionError) as error:
            return respond({"error": str(error)}, 409)

    return endpoint


def _said(body: object) -> list[tuple[int, object]]:
    """The pairs of paragraph and answer that a request carries.

    Raises:
        ValueError: it carries something else.
    """
    if not isinstance(body, list) or not all(map(_is_pair, body)):
        raise ValueError("not a list of [paragraph, answer]; load the page again")
    return [(pair[0], pair[1]) for pair in body]


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], int) and not isinstance(value[0], bool)
