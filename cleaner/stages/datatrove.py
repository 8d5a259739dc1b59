"""datatrove: `ParagraphCleaner`, a pipeline step; documents keep their metadata, and what was dropped may go to a writer."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from cleaner.stages.arrow import REMOVED, clean_rows
from cleaner.stages.extras import extra
from cleaner.stages.stage import PLAIN, Stage

with extra("datatrove"):
    from datatrove.data import Document, DocumentsPipeline
    from datatrove.pipeline.base import PipelineStep
    from datatrove.pipeline.writers.disk_base import DiskWriter
    from datatrove.utils.batching import batched

BATCH_DOCUMENTS = 256


class ParagraphCleaner(PipelineStep):
    """Cleans documents; every one of them goes on to the next step, whatever is left of it.

    Verdicts (`paragraphs`), dropped paragraphs (`removed`) and problems (`error`) become metadata, where the stage asks for them
    or a document fails. The step counts documents, failures, characters kept and dropped, and dropped paragraphs by kind.

    Args:
        stage: what to do; its names of fields do not matter here.
        html: the texts are pages, as a reader of WARC files gives them; their address is the metadatum `url`.
        exclusion_writer: gets a document for each one that lost something: what it lost as text, and as `removed` in its metadata.

    Example:
        >>> from datatrove.data import Document
        >>> step = ParagraphCleaner()
        >>> [document.text for document in step.run([Document("The harbour froze over in January.", id="1")])]
        ['The harbour froze over in January.']
    """

    name = "Paragraph cleaner"
    type = "Cleaner"

    def __init__(self, stage: Stage = PLAIN, html: bool = False, exclusion_writer: DiskWriter | None = None) -> None:
        super().__init__()
        self.stage = replace(stage, text_field="text", error_field="error")
        self.html = html
        self.exclusion_writer = exclusion_writer

    def run(self, data: DocumentsPipeline, rank: int = 0, world_size: int = 1) -> DocumentsPipeline:
        """Clean documents as they come; what datatrove calls."""
        stage = replace(self.stage, removed=self.stage.removed or self.exclusion_writer is not None)
        with self.exclusion_writer or nullcontext() as writer:
            for batch in batched(data, BATCH_DOCUMENTS):
                with self.track_time("batch"):
                    rows = clean_rows(map(self._row, batch), stage)
                for document, row in zip(batch, rows, strict=True):
                    self._count(document, row)
                    if writer is not None and row[REMOVED]:
                        lost = "\n\n".join(paragraph["text"] for paragraph in row[REMOVED])
                        metadata = document.metadata | {REMOVED: row[REMOVED]}
                        writer.write(Document(lost, document.id, document.media, metadata), rank)
                    yield self._cleaned(document, row)

    def _row(self, document: Document) -> dict[str, Any]:
        return {"html": document.text, "url": document.metadata.get("url")} if self.html else {"text": document.text}

    def _cleaned(self, document: Document, row: dict[str, Any]) -> Document:
        """The document with its new text and metadata; of a page that fails no text is left, since no markup should pass for one."""
        added = {name: value for name, value in row.items() if name != "text" and value is not None}
        if not self.stage.removed:
            added.pop(REMOVED, None)
        return Document(row["text"] or "", document.id, document.media, document.metadata | added)

    def _count(self, document: Document, row: dict[str, Any]) -> None:
        self.stat_update("total")
        if row["error"] is not None:
            self.stat_update("failed")
            return
        self.stat_update("chars_kept" if not self.stage.label else "chars", value=len(row["text"]))
        if not self.html and not self.stage.label:
            self.stat_update("chars_dropped", value=max(0, len(document.text) - len(row["text"])))
        for kind, n in Counter(paragraph["kind"] for paragraph in row.get(REMOVED) or ()).items():
            self.stat_update(f"dropped_{kind}", value=n, unit="paragraph")
