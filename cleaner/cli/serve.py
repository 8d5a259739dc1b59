"""`cleaner serve`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from cleaner.cli import options
from cleaner.cli.options import config_of


def serve(  # noqa: PLR0913 - a parameter an option
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Address to listen on; by default local.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8000,
    model: options.Model = "default",
    keep: options.Keep = None,
    drop: options.Drop = None,
    max_article_loss: options.MaxArticleLoss = None,
    marker: options.Marker = None,
    jobs: options.Jobs = 1,
    max_body_bytes: Annotated[int, typer.Option("--max-body-bytes", metavar="N", min=1, help="Refuse longer requests.")] = 8 * 2**20,
    max_waiting: Annotated[
        int, typer.Option("--max-waiting", metavar="N", min=1, help="Refuse requests while so many are under way or waiting.")
    ] = 64,
    max_document_seconds: options.MaxDocumentSeconds = 10.0,
) -> None:
    """Serve over HTTP: POST /clean and /label, GET /healthz, /metrics and /docs."""
    from cleaner.stages.server import serve as run
    from cleaner.stages.service import Limits
    from cleaner.stages.stage import Stage

    config = config_of(keep, drop, max_article_loss, marker)
    stage = Stage(model, config, max_document_bytes=max_body_bytes, max_document_seconds=max_document_seconds)
    run(stage, Limits(jobs or os.cpu_count() or 1, max_body_bytes, max_waiting), host, port, _announce)


def _announce(address: str) -> None:
    typer.echo(f"cleaner: {address}/docs describes the service; interrupt to end it", err=True)
