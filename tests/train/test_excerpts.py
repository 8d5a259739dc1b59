"""Excerpts: stretches of written documents, whole lines and nothing else."""

from __future__ import annotations

from cleaner.records import Scheme
from cleaner.train.dataset import fold_of
from cleaner.train.excerpts import CORPUS, MAX_LINES, excerpts
from cleaner.train.gold import Gold, make_gold


def document(name: str, scheme: Scheme, corpus: str = "posts") -> Gold:
    lines = ["  Ice on the lake.", "", "It held for a week.", "Subscribe now!", "", "© Lake Post"]
    kinds = ["article", "article", "promotion", "legal"]
    return make_gold(name, lines, [(kind, kind) for kind in kinds], scheme, corpus=corpus, site=name, genre="news", language="en")


def test_an_excerpt_is_a_stretch_of_labelled_lines(scheme: Scheme) -> None:
    for whole in (document(f"d{i}", scheme) for i in range(40)):
        for most, found in zip(MAX_LINES, excerpts([whole]), strict=True):
            assert found.corpus == CORPUS
            assert fold_of(found.site) == fold_of(whole.site)
            assert 1 <= len(found.kinds) <= most
            assert found.text in whole.text
            lines = [found.text[start:end] for start, end in zip(found.starts, found.ends, strict=True)]
            every = [whole.text[start:end] for start, end in zip(whole.starts, whole.ends, strict=True)]
            first = every.index(lines[0])
            assert lines == every[first : first + len(lines)]
            assert found.kinds.tolist() == whole.kinds[first : first + len(lines)].tolist()
            assert (found.starts[0], found.ends[-1]) == (0, len(found.text))


def test_names_alone_decide(scheme: Scheme) -> None:
    one, two = ([gold.text for gold in excerpts([document(f"d{i}", scheme) for i in order])] for order in (range(9), range(9)))
    assert one == two
    assert len({len(text) for text in one}) > 2


def test_only_written_documents_have_excerpts(scheme: Scheme) -> None:
    assert excerpts([document("d", scheme, corpus) for corpus in ("pages", "leftovers", "examples", "labels")]) == []
