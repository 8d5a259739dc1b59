"""Uvicorn around the service, with a time limit on whole requests: slow and silent clients lose their connection."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from cleaner.errors import ConfigError
from cleaner.stages.extras import extra
from cleaner.stages.service import Limits, application
from cleaner.stages.stage import Stage

with extra("serve"):
    import uvicorn
    from uvicorn.protocols.http.h11_impl import H11Protocol

ANSWER_SECONDS = 120.0  # to judge, to wait for it, and for the client to take the answer: more than a document's own limit
MAX_CONNECTIONS = 1000
KEEP_SECONDS = 20  # for the next request on a connection: longer than clients keep theirs, so that none of us closes while they send
GRACE_SECONDS = 30  # to answer what is under way when the service ends


def protocol(read_seconds: float) -> type[H11Protocol]:
    """A connection that is closed when it stays silent, sends its head too slowly, or does not take its answer."""

    class Impatient(H11Protocol):
        _check: asyncio.TimerHandle | None = None
        _cycle: object = None
        _waited = 0.0

        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            self._check = self.loop.call_later(read_seconds, self._look)

        def connection_lost(self, exc: Exception | None) -> None:
            if self._check is not None:
                self._check.cancel()
            super().connection_lost(exc)

        def _look(self) -> None:
            """Close what has not moved since the last look, a request under way only after longer."""
            is_same, self._cycle = self.cycle is self._cycle, self.cycle
            self._waited = self._waited + read_seconds if is_same else 0.0
            is_kept = self.timeout_keep_alive_task is not None  # between two requests, which uvicorn itself bounds
            has_begun = self.cycle is not None and not self.cycle.response_complete
            if (not is_kept and not has_begun and (self.cycle is None or is_same)) or self._waited > ANSWER_SECONDS:
                self.transport.abort()
                return
            self._check = self.loop.call_later(read_seconds, self._look)

    return Impatient


def serve(stage: Stage, limits: Limits, host: str = "127.0.0.1", port: int = 8000, ready: Callable[[str], None] | None = None) -> None:
    """Serve until interrupted; requests that are under way are answered first.

    Args:
        stage: what to do.
        limits: what the service takes upon itself.
        host: address to listen on; 127.0.0.1 is reached from this machine only.
        port: to listen on; 0 takes one that is free.
        ready: told the address of the service when it listens and its processes have their models.

    Raises:
        BundleError: the model cannot be used.
        ConfigError: a setting is wrong, or nobody can listen there.
    """
    settings: dict[str, Any] = {
        "http": protocol(limits.read_seconds),
        "limit_concurrency": MAX_CONNECTIONS,
        "timeout_keep_alive": KEEP_SECONDS,
        "timeout_graceful_shutdown": GRACE_SECONDS,
        "access_log": False,
        "server_header": False,
        "log_level": "warning",
    }
    with _listening(host, port) as listener, suppress(KeyboardInterrupt):  # raised again by uvicorn when all is done
        server = uvicorn.Server(uvicorn.Config(application(stage, limits), **settings))
        if ready is not None:
            ready(f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}")
        server.run([listener])


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=MAX_CONNECTIONS)
    except (OSError, OverflowError) as error:
        said = getattr(error, "strerror", None) or error
        raise ConfigError(f"{host}, port {port}: {said}; name an address of this machine and a free port, 0 for any") from error
