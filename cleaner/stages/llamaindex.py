"""LlamaIndex: `NodeCleaner`, a transformation for ingestion pipelines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cleaner.stages.arrow import clean_rows
from cleaner.stages.extras import extra
from cleaner.stages.stage import Stage

with extra("llamaindex"):
    from llama_index.core.schema import BaseNode, MetadataMode, TransformComponent


class NodeCleaner(TransformComponent):
    """Cleans the texts of nodes; put it before the splitter, since whole documents are judged best.

    Attributes:
        model: name of an installed model, or its folder; part of the key by which pipelines find what they have done before.
        html: whether the nodes are web pages, their address in the metadata as `url`.

    Example:
        >>> from llama_index.core import Document
        >>> NodeCleaner()([Document(text="The harbour froze over in January.")])[0].text
        'The harbour froze over in January.'
    """

    model: str = "default"
    html: bool = False

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:  # noqa: ANN401 - LlamaIndex's
        """Clean nodes: as many, in the same order; a problem becomes the metadatum `error`."""
        rows = clean_rows(map(self._row, nodes), Stage(self.model))
        cleaned = []
        for node, row in zip(nodes, rows, strict=True):
            new = node.model_copy(deep=True)
            new.set_content(row["text"] or "")  # of a page that fails no markup passes for a text
            if row["error"] is not None:
                new.metadata["error"] = row["error"]
            cleaned.append(new)
        return cleaned

    def _row(self, node: BaseNode) -> dict[str, Any]:
        content = node.get_content(MetadataMode.NONE)
        return {"html": content, "url": node.metadata.get("url")} if self.html else {"text": content}
