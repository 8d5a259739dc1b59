"""The description of the service in OpenAPI 3.1."""

from __future__ import annotations

from typing import Any

from cleaner import __version__
from cleaner.records import Label

_ERROR = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
_PARAGRAPH = {
    "type": "object",
    "required": ["start", "end", "label", "kind", "score", "reason"],
    "properties": {
        "start": {"type": "integer", "minimum": 0},
        "end": {"type": "integer", "minimum": 0},
        "label": {"enum": [label.value for label in Label]},
        "kind": {"type": "string"},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "reason": {"type": "string"},
    },
}
_RECORD = {
    "type": "object",
    "description": "A document: a text, or a page and perhaps where it was found. Whatever else stands in it comes back as it stood.",
    "properties": {"text": {"type": "string"}, "html": {"type": "string"}, "url": {"type": "string"}, "id": {"type": "string"}},
    "anyOf": [{"required": ["text"]}, {"required": ["html"]}],
    "example": {"id": "1", "text": "The harbour froze over in January.\n\nBuy now!"},
}
_REFUSALS = {
    "400": "The body broke off, or the request is no HTTP.",
    "408": "The body took too long to arrive.",
    "413": "The body is too long.",
    "415": "The body is neither JSON nor JSON Lines.",
    "422": "The body is no record, has neither text nor html, or took too long to judge.",
    "500": "The document took down the process that judged it.",
    "503": "Too many requests are waiting; try again after the seconds that Retry-After says.",
}


def document(max_body_bytes: int) -> dict[str, Any]:
    """The description.

    Args:
        max_body_bytes: what it says about the size of requests.
    """
    described = f"Takes advertising and boilerplate out of documents, {max_body_bytes:,} bytes a request at most."
    text = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
    verdicts = {
        "type": "object",
        "required": ["text", "paragraphs"],
        "properties": {"text": {"type": "string"}, "paragraphs": {"type": "array", "items": _PARAGRAPH}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "cleaner", "version": __version__, "description": described},
        "paths": {
            "/clean": {"post": _judging("The document without advertising and boilerplate.", text)},
            "/label": {"post": _judging("The whole text of the document, and the verdict on every paragraph.", verdicts)},
            "/healthz": {"get": _getting("Whether the service is there.", "application/json", {"type": "object"})},
            "/metrics": {"get": _getting("Counts and times, for Prometheus.", "text/plain", {"type": "string"})},
        },
    }


def _judging(summary: str, result: dict[str, Any]) -> dict[str, Any]:
    lines = {"schema": {"type": "string", "description": "A record a line; one that fails becomes a line with document and error."}}
    done = {"description": summary, "content": {"application/json": {"schema": result}, "application/jsonl": lines}}
    refused = {status: {"description": said, "content": {"application/json": {"schema": _ERROR}}} for status, said in _REFUSALS.items()}
    body = {"required": True, "content": {"application/json": {"schema": _RECORD}, "application/jsonl": lines}}
    return {"summary": summary, "requestBody": body, "responses": {"200": done, **refused}}


def _getting(summary: str, sort: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"summary": summary, "responses": {"200": {"description": summary, "content": {sort: {"schema": schema}}}}}
