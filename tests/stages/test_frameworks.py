"""LangChain, Haystack, LlamaIndex and spaCy: the command line's results; each is tested where it is installed."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from tests.stages.conftest import Rows

pytestmark = pytest.mark.filterwarnings("ignore")  # their own


def adapter(name: str, package: str) -> Any:
    pytest.importorskip(package, reason=f"{package} is not installed: cleaner[{name}]")
    return importlib.import_module(f"cleaner.stages.{name}")


@pytest.fixture(scope="module")
def texts(documents: Rows) -> Rows:
    return [row for row in documents if row["text"] is not None]


def test_langchain_gives_the_texts_of_the_command_line(documents: Rows, cleaned: dict[str, str]) -> None:
    langchain = adapter("langchain", "langchain_core")
    for html in (False, True):
        rows = [row for row in documents if (row["html"] is not None) == html]
        given = [langchain.Document(row["html"] or row["text"], metadata={"id": row["id"], "source": row["url"]}) for row in rows]
        done = langchain.DocumentCleaner(html=html).transform_documents(given)
        assert {one.metadata["id"]: one.page_content for one in done} == {row["id"]: cleaned[row["id"]] for row in rows}


def test_haystack_gives_the_texts_of_the_command_line(texts: Rows, cleaned: dict[str, str]) -> None:
    haystack = adapter("haystack", "haystack")
    from haystack import Pipeline

    pipeline = Pipeline()
    pipeline.add_component("cleaner", haystack.DocumentCleaner())
    given = [haystack.Document(content=row["text"], meta={"id": row["id"]}) for row in texts] + [haystack.Document(meta={"id": "picture"})]
    done = Pipeline.loads(pipeline.dumps()).run({"cleaner": {"documents": given}})["cleaner"]["documents"]
    assert {one.meta["id"]: one.content for one in done} == {row["id"]: cleaned[row["id"]] for row in texts} | {"picture": None}


def test_llamaindex_gives_the_texts_of_the_command_line(texts: Rows, cleaned: dict[str, str]) -> None:
    llamaindex = adapter("llamaindex", "llama_index.core")
    from llama_index.core import Document

    done = llamaindex.NodeCleaner()([Document(text=row["text"], id_=row["id"]) for row in texts])
    assert {one.node_id: one.text for one in done} == {row["id"]: cleaned[row["id"]] for row in texts}


def test_spacy_gives_the_verdicts_of_the_command_line(texts: Rows, labelled: dict[str, tuple[str, Rows]]) -> None:
    adapter("spacy", "spacy")
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("paragraph_cleaner")
    for row in texts[:50]:
        spans = nlp(row["text"]).spans["paragraphs"]
        assert [span.label_ for span in spans] == [paragraph["kind"] for paragraph in labelled[row["id"]][1]]
        pairs = zip(spans, labelled[row["id"]][1], strict=True)
        assert all(span.start_char <= paragraph["start"] and span.end_char >= paragraph["end"] for span, paragraph in pairs)
