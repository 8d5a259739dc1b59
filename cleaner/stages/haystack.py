"""Haystack: `DocumentCleaner`, a component for pipelines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cleaner.stages.arrow import clean_rows
from cleaner.stages.extras import extra
from cleaner.stages.stage import Stage

with extra("haystack"):
    from haystack import Document, component


@component
class DocumentCleaner:
    """Cleans the texts of documents; a problem becomes the metadatum `error`.

    Args:
        model: name of an installed model, or its folder; a plain value, so that pipelines can be written to YAML.
        html: whether the documents are web pages, their address in `meta` as `url`.

    Example:
        >>> from haystack import Document
        >>> done = DocumentCleaner().run(documents=[Document(content="The harbour froze over in January.")])
        >>> done["documents"][0].content
        'The harbour froze over in January.'
    """

    def __init__(self, model: str = "default", html: bool = False) -> None:
        self.model = model
        self.html = html

    def warm_up(self) -> None:
        """Load the model."""
        Stage(self.model).load()

    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document]) -> dict[str, list[Document]]:
        """Clean documents: as many, in the same order; those without a text, for instance pictures, stay as they are."""
        texts = [one for one in documents if one.content is not None]
        rows = iter(clean_rows(map(self._row, texts), Stage(self.model)))
        return {"documents": [one if one.content is None else self._cleaned(one, next(rows)) for one in documents]}

    def _row(self, document: Document) -> dict[str, Any]:
        return {"html": document.content, "url": document.meta.get("url")} if self.html else {"text": document.content}

    def _cleaned(self, document: Document, row: dict[str, str | None]) -> Document:
        meta = document.meta if row["error"] is None else document.meta | {"error": row["error"]}
        return replace(document, content=row["text"] or "", meta=meta)  # of a page that fails no markup passes for a text
