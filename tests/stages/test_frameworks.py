"""LangChain, Haystack, LlamaIndex and spaCy: the command line's results; each is tested where it is installed."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from cleaner.stages.stage import Stage
from tests.stages.conftest import Rows

pytestmark = pytest.mark.filterwarnings("ignore")  # their own


def adapter(name: str, package: str) -> Any:
    pytest.importorskip(package, reason=f"{package} is not installed: cleaner[{name}]")
    return importlib.import_module(f"cleaner.stages.{name}")


def parts(documents: Rows) -> Iterator[tuple[bool, Rows]]:
    """The texts, then the pages, each with whether it is pages."""
    for html in (False, True):
        yield html, [row for row in documents if (row["html"] is not None) == html]


def test_langchain_gives_the_texts_of_the_command_line(documents: Rows, cleaned: dict[str, str]) -> None:
    langchain = adapter("langchain", "langchain_core")
    for html, rows in parts(documents):
        given = [langchain.Document(row["html"] or row["text"], metadata={"id": row["id"], "source": row["url"]}) for row in rows]
        done = langchain.DocumentCleaner(html=html).transform_documents(given)
        assert {one.metadata["id"]: one.page_content for one in done} == {row["id"]: cleaned[row["id"]] for row in rows}


def test_haystack_gives_the_texts_of_the_command_line(documents: Rows, cleaned: dict[str, str]) -> None:
    haystack = adapter("haystack", "haystack")
    from haystack import Pipeline

    for html, rows in parts(documents):
        pipeline = Pipeline()
        pipeline.add_component("cleaner", haystack.DocumentCleaner(html=html))
        loaded = Pipeline.loads(pipeline.dumps(), allowed_modules=["cleaner.stages.haystack"])
        given = [haystack.Document(content=row["html"] or row["text"], meta={"id": row["id"], "url": row["url"]}) for row in rows]
        done = loaded.run({"cleaner": {"documents": [*given, haystack.Document(meta={"id": "picture"})]}})["cleaner"]["documents"]
        assert {one.meta["id"]: one.content for one in done} == {row["id"]: cleaned[row["id"]] for row in rows} | {"picture": None}


def test_llamaindex_gives_the_texts_of_the_command_line_with_two_workers(documents: Rows, cleaned: dict[str, str]) -> None:
    llamaindex = adapter("llamaindex", "llama_index.core")
    from llama_index.core import Document
    from llama_index.core.ingestion import IngestionPipeline

    for html, rows in parts(documents):
        given = [Document(text=row["html"] or row["text"], id_=row["id"], metadata={"url": row["url"]}) for row in rows]
        done = IngestionPipeline(transformations=[llamaindex.NodeCleaner(html=html)]).run(documents=given, num_workers=2)
        assert {one.node_id: one.text for one in done} == {row["id"]: cleaned[row["id"]] for row in rows}
        assert {one.metadata["url"] for one in done} == {row["url"] for row in rows}


@pytest.mark.parametrize("html", [False, True])
def test_a_document_that_fails_says_why_and_leaves_no_markup(html: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    haystack = adapter("haystack", "haystack")
    monkeypatch.setattr(haystack, "Stage", lambda model: Stage(model, max_document_bytes=20))
    given = [haystack.Document(content="<p>Short.</p>"), haystack.Document(content="<p>" + "Too long. " * 9, meta={"a": 1})]
    short, long = haystack.DocumentCleaner(html=html).run(documents=given)["documents"]
    assert ("error" in short.meta, long.meta["a"], "more than 20 bytes" in long.meta["error"]) == (False, 1, True)
    assert long.content == ("" if html else given[1].content)


def test_spacy_gives_the_verdicts_of_the_command_line_with_two_workers(documents: Rows, labelled: dict[str, tuple[str, Rows]]) -> None:
    adapter("spacy", "spacy")
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("paragraph_cleaner")
    rows = [row for row in documents if row["text"] is not None]
    for row, doc in zip(rows, nlp.pipe((row["text"] for row in rows), n_process=2, batch_size=50), strict=True):
        spans, paragraphs = doc.spans["paragraphs"], labelled[row["id"]][1]
        assert [span.label_ for span in spans] == [paragraph["kind"] for paragraph in paragraphs]
        pairs = zip(spans, paragraphs, strict=True)
        assert all(span.start_char <= paragraph["start"] and span.end_char >= paragraph["end"] for span, paragraph in pairs)
        assert {span.label_ for span in doc.spans["removed"]} <= {paragraph["kind"] for paragraph in paragraphs}
