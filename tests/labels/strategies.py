"""Labelled documents of any shape."""

from __future__ import annotations

import re

from hypothesis import strategies as st

from cleaner.labels import Answer, LabelledDocument
from tests.fakes import SCHEME
from tests.strategies import texts

_LINE = re.compile(r"\S(?:[^\n]*\S)?")
# What a person can say: each kind, a label of which the kind is not known, and that nobody can tell.
SAID = [*zip(SCHEME.labels, SCHEME.kinds, strict=True), (None, None)]


@st.composite
def labelled(draw: st.DrawFn, id_: str = "a") -> LabelledDocument:
    """A document with answers for some of its lines."""
    text = draw(texts())
    spans = [match.span() for match in _LINE.finditer(text)]
    said = [draw(st.none() | st.sampled_from(SAID)) for _ in spans]
    name = st.none() | st.sampled_from(["ann", "Łucja, 2nd"])
    at = st.none() | st.just("2026-03-01T12:00:00+00:00")
    answers = tuple(
        Answer(start, end, pair[0], pair[1], draw(name), draw(at))
        for (start, end), pair in zip(spans, said, strict=True)
        if pair is not None
    )
    source, url = draw(st.sampled_from([None, "notes", 'quoted "notes"; 2'])), draw(st.sampled_from([None, "https://sandholm.example/a"]))
    return LabelledDocument(id_, text, answers, source, url, language=draw(st.sampled_from([None, "pl"])), is_skipped=draw(st.booleans()))


def labelled_many() -> st.SearchStrategy[list[LabelledDocument]]:
    """A file's documents, their ids as users give them."""
    ids = st.lists(st.sampled_from(["a", "b.txt", "c/d: 1", "0012", 'ą,"x"\n']), unique=True, max_size=3)
    return ids.flatmap(lambda names: st.tuples(*[labelled(name) for name in names]).map(list))
