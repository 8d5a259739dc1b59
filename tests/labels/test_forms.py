"""Every form gives back what it was given, and tells by its first row which it is."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.errors import CleanerError, ConfigError, GoldError
from cleaner.labels import FORMS, Answer, LabelledDocument, dump_labels, read_labels, write_labels
from cleaner.records import Label
from tests.fakes import SCHEME
from tests.labels.strategies import labelled_many

# What finds no place in a form; spans, labels, ids, texts and what was skipped come back from each.
LOST = {"doccano": ("by", "at"), "argilla": ("by", "at")}
TEXT = "The 🙂 harbour froze.\n\nBuy now.\nCopyright"
ANSWERS = (Answer(0, 20, Label.ARTICLE, "article"), Answer(22, 30, Label.ADVERTISEMENT, "promotion"))


def stored(data: bytes | str, name: str = "labels.jsonl") -> Path:
    path = Path(tempfile.mkdtemp()) / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def kept(document: LabelledDocument, form: str) -> LabelledDocument:
    """What a form can hold of a document; what others than our own say of a skipped one is lost with it."""
    answers = () if document.is_skipped and form in {"label-studio", "argilla"} else document.answers
    return replace(document, answers=tuple(replace(answer, **dict.fromkeys(LOST.get(form, ()))) for answer in answers))


@pytest.mark.parametrize("form", FORMS)
@given(documents=labelled_many())
def test_documents_come_back_from_every_form(form: str, documents: list[LabelledDocument]) -> None:
    path = stored(dump_labels(documents, form), f"labels{FORMS[form].ending}")
    assert read_labels(path, SCHEME, form) == [kept(document, form) for document in documents]


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_a_file_is_seen(form: str) -> None:
    documents = [LabelledDocument("a", TEXT, ANSWERS, source="notes")]
    assert read_labels(stored(dump_labels(documents, form), f"labels{FORMS[form].ending}"), SCHEME) == documents


@pytest.mark.parametrize("form", ["jsonl", "label-studio", "prodigy"])
def test_pages_keep_their_markup(form: str) -> None:
    document = LabelledDocument("a", TEXT, ANSWERS, html="<p>The…", url="https://sandholm.example/")
    assert read_labels(stored(dump_labels([document], form)), SCHEME, form) == [document]


@pytest.mark.parametrize("form", ["jsonl", "label-studio", "prodigy", "doccano"])
def test_other_fields_are_kept(form: str) -> None:
    document = LabelledDocument("a", TEXT, ANSWERS, fields={"crawl": {"depth": 2}})
    assert read_labels(stored(dump_labels([document], form)), SCHEME, form) == [document]


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text("before")
    path.chmod(0o640)
    write_labels(path, [LabelledDocument("a", TEXT, ANSWERS)])
    assert read_labels(path, SCHEME)[0].answers == ANSWERS
    assert (path.stat().st_mode & 0o777, [one.name for one in tmp_path.iterdir()]) == (0o640, ["labels.jsonl"])


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CleanerError, match=r"file/labels\.jsonl: cannot be written: "):
        write_labels(tmp_path / "file" / "labels.jsonl", [])


def test_an_unknown_form_is_named() -> None:
    with pytest.raises(ConfigError, match="'conll' is no form of labels; known are argilla, csv"):
        read_labels(stored(""), SCHEME, "conll")


def test_an_empty_file_has_no_documents() -> None:
    assert read_labels(stored(""), SCHEME) == []


# What the tools themselves write, reduced to one document.
def test_an_export_of_label_studio_is_read_by_its_last_annotation_that_counts() -> None:
    def region(start: int, end: int, kind: str, said: str) -> dict[str, object]:
        value = {"start": start, "end": end, "text": said, "labels": [kind]}
        return {"id": "x", "type": "labels", "from_name": "label", "to_name": "text", "origin": "manual", "value": value}

    older = {"id": 1, "was_cancelled": False, "result": [region(0, 20, "legal", TEXT[:20])]}
    good = {
        "id": 2,
        "was_cancelled": False,
        "result": [region(0, 20, "Article", TEXT[:20]), {"type": "choices", "value": {"choices": ["x"]}}],
    }
    cancelled = {"id": 3, "was_cancelled": True, "result": []}
    task = {"id": 7, "data": {"text": TEXT}, "predictions": [{"result": [region(22, 30, "promotion", "Buy now.")]}]}
    tasks = [
        {**task, "annotations": [older, good, cancelled]},
        {**task, "id": 8, "annotations": [cancelled]},
        {**task, "id": 9, "annotations": []},
    ]
    one, two, three = read_labels(stored(json.dumps(tasks), "export.json"), SCHEME)
    assert (one.id, one.answers, one.is_skipped) == ("7", ANSWERS[:1], False)
    assert (two.answers, two.is_skipped) == ((), True)
    assert (three.answers, three.is_skipped) == ((), False)


def test_spans_of_label_studio_may_count_in_utf_16_units() -> None:
    value = {"start": 23, "end": 31, "text": "Buy now.", "labels": ["promotion"]}
    tasks = [{"data": {"text": TEXT}, "annotations": [{"result": [{"type": "labels", "value": value}]}]}]
    assert read_labels(stored(json.dumps(tasks)), SCHEME)[0].answers == ANSWERS[1:]
    tasks[0]["data"]["text"] = "xx" + TEXT  # type: ignore[index]
    with pytest.raises(GoldError, match=r"item 1: region 1: 'Buy now.' does not stand at 23 of the text"):
        read_labels(stored(json.dumps(tasks)), SCHEME)


def test_an_export_of_prodigy_honours_what_was_rejected_and_ignored() -> None:
    task = {"text": TEXT, "tokens": [], "_input_hash": 1, "_task_hash": 2, "_annotator_id": "ann", "_timestamp": 1772366400}
    spans = [{"start": 22, "end": 30, "token_start": 4, "token_end": 6, "label": "PROMOTION"}]
    rows = [{**task, "spans": spans, "answer": answer} for answer in ("accept", "ignore", "reject")]
    one, two, three = read_labels(stored("\n".join(map(json.dumps, rows))), SCHEME)
    assert one.answers == (replace(ANSWERS[1], by="ann", at="2026-03-01T12:00:00+00:00"),)
    assert (one.is_skipped, two.is_skipped, three.is_skipped) == (False, True, True)


def test_exports_of_doccano_are_read_with_and_without_relations() -> None:
    entities = [{"id": 1, "label": "promotion", "start_offset": 22, "end_offset": 30}]
    rows = [
        {"id": 1, "text": TEXT, "label": [[22, 30, "promotion"]], "Comments": []},
        {"id": 2, "text": TEXT, "entities": entities, "relations": [], "Comments": []},
        {"id": 3, "text": TEXT, "labels": [[22, 30, "promotion"]]},
    ]
    for row in rows:
        (document,) = read_labels(stored(json.dumps(row)), SCHEME)
        assert (document.id, document.answers, document.fields) == (str(row["id"]), ANSWERS[1:], {})


def test_an_export_of_argilla_counts_what_was_submitted() -> None:
    said = [{"start": 22, "end": 30, "label": "promotion"}]
    response = {"value": said, "user_id": "5b6ef2a7-3f5c-4c45-9a3c-3a4c5cf1f3c9"}
    record = {"id": "a", "fields": {"text": TEXT}, "metadata": {}, "suggestions": {"label": {"value": said}}, "vectors": {}}
    records = [
        {**record, "responses": {"label": [response]}, "status": "completed"},
        {**record, "id": "b", "responses": {"label": [response]}, "status": "pending"},
        {**record, "id": "c", "responses": {"label": [{**response, "status": "discarded"}]}, "status": "pending"},
        {**record, "id": "d", "responses": {}, "status": "pending"},
    ]
    read = read_labels(stored(json.dumps(records)), SCHEME)
    assert [(document.answers, document.is_skipped) for document in read] == [(ANSWERS[1:], False), ((), False), ((), True), ((), False)]


def test_a_table_of_paragraphs_needs_no_more_than_text_and_label() -> None:
    (document,) = read_labels(stored("text;label\nStory one.;article\nBuy now.;advertisement\nWho knows;\n© us;skipped\n", "a.csv"), SCHEME)
    assert document.text == "Story one.\nBuy now.\nWho knows\n© us"
    assert [(answer.start, answer.end, answer.name) for answer in document.answers] == [
        (0, 10, "article"),
        (11, 19, "promotion"),
        (30, 34, "skipped"),
    ]


def test_positions_in_a_table_are_kept_or_refused() -> None:
    head = "document,start,text,kind\n"
    (document,) = read_labels(stored(f"{head}a,0,Story,article\na,9,Buy,promotion\n", "a.csv"), SCHEME)
    assert (document.text, document.answers[1].start) == ("Story\n\n\n\nBuy", 9)
    with pytest.raises(GoldError, match=r"a\.csv:3: 'start' is 3, but the rows of the document above it end at 5"):
        read_labels(stored(f"{head}a,0,Story,article\na,3,Buy,promotion\n", "a.csv"), SCHEME)


@given(data=st.binary(max_size=60), form=st.sampled_from(sorted(FORMS)))
def test_bytes_that_are_no_labels_are_refused_with_their_place(data: bytes, form: str) -> None:
    path = stored(data)
    try:
        read_labels(path, SCHEME, form)
    except GoldError as error:
        assert str(error).startswith(str(path))  # noqa: PT017 - some bytes are labels
