"""What files say of documents is checked, and refused with file, row and what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.errors import GoldError
from cleaner.labels import FORMS, LabelledDocument, answer_named, document_of, read_labels
from cleaner.records import Label
from tests.fakes import SCHEME

TEXT = "Story one.\n\nBuy now."
SPAN = {"start": 12, "end": 20}


def answers(*labels: Mapping[str, Any]) -> list[tuple[Label | None, str | None]]:
    document = document_of({"id": "a", "text": TEXT, "labels": list(labels)}, SCHEME, "x:1")
    return [(answer.label, answer.kind) for answer in document.answers]


def test_a_kind_a_label_or_a_word_will_do() -> None:
    promotion = [(Label.ADVERTISEMENT, "promotion")]
    assert answers({**SPAN, "kind": "promotion"}) == promotion
    assert answers({**SPAN, "name": " Promotion"}) == promotion
    assert answers({**SPAN, "label": "advertisement", "kind": "promotion"}) == promotion
    assert answers({**SPAN, "kind": None}) == answers({**SPAN, "name": "skipped"}) == [(None, None)]


def test_a_label_of_several_kinds_leaves_the_kind_open(scheme: Any) -> None:  # noqa: ANN401 - the project's own, of nine kinds
    assert answer_named("advertisement", scheme) == (Label.ADVERTISEMENT, None)
    assert answer_named("article", scheme) == (Label.ARTICLE, "article")


def test_answers_stand_in_order() -> None:
    assert [kind for _, kind in answers({**SPAN, "kind": "promotion"}, {"start": 0, "end": 10, "kind": "article"})] == [
        "article",
        "promotion",
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ([1], "not an object but a list of 1"),
        ({"text": 5}, "'text' is 5; give"),
        ({"text": TEXT, "labels": "x"}, "'labels' is 'x'; give a list"),
        ({"text": TEXT, "paragraphs": []}, "'paragraphs' are a model's verdicts, not labels; correct them with 'cleaner review'"),
        ({"text": TEXT, "labels": [5]}, "label 1: not an object but 5"),
        ({"text": TEXT, "labels": [{"start": True, "end": 2, "kind": "article"}]}, "label 1: 'start' is True; give a whole number"),
        ({"text": TEXT, "labels": [{"start": 1.5, "end": 2, "kind": "article"}]}, "label 1: 'start' is 1.5; give a whole number"),
        (
            {"text": TEXT, "labels": [{"start": 0, "end": 10**30, "kind": "article"}]},
            "the span 0 to a number of more than 18 digits does not",
        ),
        (
            {"text": TEXT, "labels": [{"start": -1, "end": 3, "kind": "article"}]},
            "the span -1 to 3 does not lie in the text of 20 code points",
        ),
        ({"text": TEXT, "labels": [{"start": 3, "end": 3, "kind": "article"}]}, "the span 3 to 3 does not lie"),
        ({"text": TEXT, "labels": [{"start": 10, "end": 12, "kind": "article"}]}, "the span 10 to 12 is blank"),
        ({"text": TEXT, "labels": [{**SPAN, "kind": "advert"}]}, "'advert' is no kind; kinds are article, legal, promotion"),
        ({"text": TEXT, "labels": [{**SPAN, "name": "advert"}]}, "'advert' is neither a kind nor a label; known are article, legal"),
        ({"text": TEXT, "labels": [{**SPAN, "kind": "legal", "label": "article"}]}, "'legal' is a kind of 'boilerplate', not of 'article'"),
        ({"text": TEXT, "labels": [{**SPAN, "label": "ad"}]}, "'ad' is no label; labels are advertisement"),
        ({"text": TEXT, "labels": [{**SPAN, "kind": ["legal"]}]}, "'kind' is a list of 1; give a kind"),
        ({"text": TEXT, "labels": [SPAN]}, "no 'kind' in it; give one, or null"),
        ({"text": TEXT, "labels": [{**SPAN, "kind": "legal", "by": 5}]}, "'by' is 5; give a text or leave it out"),
        ({"text": TEXT, "labels": [{**SPAN, "kind": "legal"}] * 2}, "the spans 12 to 20 and 12 to 20 overlap"),
        ({"text": TEXT, "id": {}}, "'id' is an object of 0; give a text or a number"),
        ({"text": TEXT, "skipped": "no"}, "'skipped' is 'no'; give true or false"),
        ({"text": TEXT, "url": 5}, "'url' is 5; give a text"),
    ],
)
def test_what_is_wrong_with_a_row_is_told(row: object, problem: str) -> None:
    with pytest.raises(GoldError, match="^x:1: .*" + re.escape(problem)) as caught:
        document_of(row, SCHEME, "x:1")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON: "),
        ('{"a":' * 100_000, "not JSON: nested too deeply"),
        ('{"text": "x", "labels": [{"start": %s}]}' % ("9" * 5000), "not JSON: "),
        ('{"text": "x", "n": 1e999}', "larger than any number"),
        ('{"text": "x", "n": NaN}', "NaN is no JSON number"),
        ('"text"', "not an object but 'text'"),
    ],
)
def test_hostile_rows_are_refused_by_file_and_row(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(f'{{"text": "fine"}}\n{line}\n')
    with pytest.raises(GoldError, match=f"^{re.escape(str(path))}:2: .*{re.escape(problem)}") as caught:
        read_labels(path, SCHEME, "jsonl")
    assert len(str(caught.value)) < 400


def test_two_rows_of_one_document_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text('{"id": "a", "text": "x"}\n\n{"id": "a", "text": "y"}\n')
    with pytest.raises(GoldError, match=f"^{re.escape(str(path))}:3: 'a' stands at {re.escape(str(path))}:1 already; keep one row"):
        read_labels(path, SCHEME)


def test_files_that_are_no_text_or_not_there_are_named(tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_bytes(b'{"text": "\xff"}')
    for name, problem in (("labels.jsonl", "not UTF-8 at byte 10"), ("none.jsonl", "no such file"), (".", "no such file")):
        with pytest.raises(GoldError, match=problem):
            read_labels(tmp_path / name, SCHEME)


def test_rows_without_a_name_are_called_after_their_place(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text('{"text": "x"}\n{"id": 7, "text": "x"}\n')
    assert [document.id for document in read_labels(path, SCHEME)] == [f"{path}:1", "7"]


def test_the_site_is_the_host_else_the_source_else_the_name() -> None:
    assert LabelledDocument("a", "", url="https://www.sandholm.example/x", source="notes").site_hint == "www.sandholm.example"
    assert LabelledDocument("a", "", url="http://[broken", source="notes").site_hint == "notes"
    assert LabelledDocument("a", "").site_hint == "a"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "text", "labels", "label", "data", "annotations", "result", "value", "spans", "meta", "fields", "responses"]
            )
            | st.sampled_from(
                ["metadata", "start", "end", "kind", "name", "entities", "start_offset", "end_offset", "skipped", "answer", "status"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(row=json_values, form=st.sampled_from(sorted(FORMS.keys() - {"csv"})))
def test_rows_of_any_shape_are_read_or_refused_with_their_place(tmp_path_factory: pytest.TempPathFactory, row: object, form: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_text(json.dumps(row))
    try:
        read_labels(path, SCHEME, form)
    except GoldError as error:
        assert str(error).startswith(str(path))  # noqa: PT017 - some rows are labels
