"""LangChain: `DocumentCleaner`, a transformer of documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cleaner.stages.arrow import clean_rows
from cleaner.stages.extras import extra
from cleaner.stages.stage import PLAIN, Stage

with extra("langchain"):
    from langchain_core.documents import BaseDocumentTransformer, Document


class DocumentCleaner(BaseDocumentTransformer):
    """Cleans documents; verdicts, dropped paragraphs and problems become metadata, where they are asked for or there are any.

    Args:
        stage: what to do.
        html: whether the documents are web pages, their address in the metadata as `source`.

    Example:
        >>> from langchain_core.documents import Document
        >>> documents = [Document("The harbour froze over in January.", metadata={"id": 1})]
        >>> DocumentCleaner().transform_documents(documents)[0].page_content
        'The harbour froze over in January.'
    """

    def __init__(self, stage: Stage = PLAIN, html: bool = False) -> None:
        self.stage = stage
        self.html = html

    def transform_documents(self, documents: Sequence[Document], **kwargs: Any) -> Sequence[Document]:  # noqa: ANN401 - LangChain's
        """Clean documents: as many, in the same order."""
        field = self.stage.text_field
        given = (
            {"html": one.page_content, "url": one.metadata.get("source")} if self.html else {field: one.page_content} for one in documents
        )
        return [
            one.model_copy(
                update={
                    "page_content": row[field] or "",
                    "metadata": one.metadata | {name: value for name, value in row.items() if name != field and value is not None},
                }
            )
            for one, row in zip(documents, clean_rows(given, self.stage), strict=True)
        ]
