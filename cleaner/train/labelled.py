"""Labels that users bring: read from their files, checked, and made the labelled documents that training works on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cleaner.classify.model import Model
from cleaner.errors import GoldError
from cleaner.features.batch import extract
from cleaner.labels import LabelledDocument, read_labels
from cleaner.records import Page, Scheme
from cleaner.text.paragraphs import segment
from cleaner.text.scan import scan
from cleaner.train.dataset import fold_of
from cleaner.train.gold import LONG_CHARS, Gold, registrable

CORPUS = "labels"
MIN_SHARED = 0.5  # of the characters of the shorter document's long lines: then two documents are one
DIGEST_CHARS = 16


@dataclass(frozen=True, slots=True)
class Labelled:
    """Labelled documents of users.

    Attributes:
        documents: one a document with at least one label; `genre` holds the source, empty where none is named.
        is_kind_known: a document: shape (n_lines,), bool; False where only the label was given and the kind is the model's.
        n_skipped: documents that somebody looked at and left out, and those without a label.
        pages: a document: the web page that its text was extracted from, None for a text; empty where all are texts.
    """

    documents: Sequence[Gold]
    is_kind_known: Sequence[np.ndarray]
    n_skipped: int
    pages: Sequence[Page | None] = ()

    @property
    def n_pages(self) -> int:
        """Documents that are web pages."""
        return sum(page is not None for page in self.pages)

    @property
    def n_labels(self) -> int:
        """Labelled paragraphs."""
        return sum(len(gold.kinds) for gold in self.documents)

    def where(self, wanted: Iterable[bool]) -> Labelled:
        """Some of the documents, a truth value each."""
        rows = [i for i, is_wanted in enumerate(wanted) if is_wanted]
        pages = [self.pages[i] for i in rows] if self.pages else ()
        return Labelled([self.documents[i] for i in rows], [self.is_kind_known[i] for i in rows], self.n_skipped, pages)


def read_labelled(paths: Sequence[Path], model: Model, format_: str | None = None) -> Labelled:
    """Read label files; any format that `cleaner.labels` knows.

    Args:
        paths: the files.
        model: its scheme names the kinds, and where a label came without a kind it chooses the likeliest of that label.
        format_: of all files; None goes by their names and contents.

    Raises:
        GoldError: a file is malformed, a document stands in two of them, or there is no label at all; file and row are named.
    """
    found: dict[str, LabelledDocument] = {}
    for path in paths:
        for document in read_labels(path, model.scheme, format_):
            if document.id in found:
                raise GoldError(f"{document.where}: document {document.id!r} is also in {found[document.id].where}; keep one of the two")
            found[document.id] = document
    used = [d for d in found.values() if not d.is_skipped and any(not answer.is_skipped for answer in d.answers)]
    if not used:
        raise GoldError(f"{', '.join(map(str, paths))}: no labelled paragraph in {len(found)} documents; label some with 'cleaner review'")
    pairs = [_gold(document, model) for document in used]
    pages = [None if document.html is None else Page(document.html, document.url) for document in used]
    return Labelled([gold for gold, _ in pairs], [known for _, known in pairs], len(found) - len(used), pages)


def check_splits(documents: Sequence[Gold], others: Sequence[Gold] = ()) -> None:
    """Refuse a document that stands in two splits: it would be judged by a model that had learnt it.

    Args:
        documents: what is split, by site.
        others: documents that are never split, such as the examples: none of them may be among `documents`.

    Raises:
        GoldError: two documents share half of their long lines and lie in different splits; both are named.
    """
    places: dict[str, list[int]] = {}
    every = [*documents, *others]
    lines = [_long_lines(gold) for gold in every]
    sizes = [sum(map(len, own)) for own in lines]
    for i, own in enumerate(lines):
        shared: dict[int, int] = {}
        for line in own:
            for other in places.get(line, ()):
                shared[other] = shared.get(other, 0) + len(line)
            places.setdefault(line, []).append(i)
        for other, n_chars in shared.items():
            if n_chars < MIN_SHARED * min(sizes[i], sizes[other]):
                continue
            if i >= len(documents) > other:
                raise GoldError(f"{every[other].name}: is the project's example {every[i].name}, which models are tested on; remove it")
            if i < len(documents) and fold_of(every[i].site) != fold_of(every[other].site):
                both = f"{every[i].name} (site {every[i].site!r}) and {every[other].name} (site {every[other].site!r})"
                raise GoldError(f"{both} are the same document in two splits; remove one, or give both the same source")


def text_digest(text: str) -> str:
    """Names a document by its words, whatever the blanks between them."""
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_CHARS]


def _gold(document: LabelledDocument, model: Model) -> tuple[Gold, np.ndarray]:
    answers = [answer for answer in document.answers if not answer.is_skipped]
    kinds = [_kind(answer.kind, str(answer.label), model.scheme, f"{document.where}: {document.id!r}") for answer in answers]
    starts, ends = (np.array([getattr(answer, side) for answer in answers], np.int64) for side in ("start", "end"))
    is_known = np.array([kind is not None for kind in kinds], bool)
    columns = np.array([-1 if kind is None else kind for kind in kinds], np.int64)
    if not is_known.all():
        allowed = [model.scheme.columns(str(answer.label)) for answer in answers]
        columns = np.where(is_known, columns, _likeliest(document.text, starts, ends, allowed, model))
    site = registrable(document.site_hint) if document.url else document.site_hint
    facts = (CORPUS, site, document.source or "", document.language or "")
    return Gold(f"{document.where}: {document.id!r}", *facts, document.text, starts, ends, columns, columns), is_known


def _kind(kind: str | None, label: str, scheme: Scheme, where: str) -> int | None:
    """The column of a kind; None where only a label of several kinds is known."""
    if kind is None:
        columns = sorted(scheme.columns(label))
        return columns[0] if len(columns) == 1 else None
    if kind not in scheme.kinds:
        raise GoldError(f"{where}: {kind!r} is no kind of this model; it knows {', '.join(scheme.kinds)}")
    return scheme.kinds.index(kind)


def _likeliest(text: str, starts: np.ndarray, ends: np.ndarray, allowed: Sequence[frozenset[int]], model: Model) -> np.ndarray:
    """The likeliest of the allowed kinds of each span, shape (n,), int64."""
    scanned = scan([text])
    paragraphs = segment(scanned)
    probabilities = model.probabilities(scanned, paragraphs, extract(scanned, paragraphs))
    found = np.zeros(len(starts), np.int64)
    for i, (start, end, columns) in enumerate(zip(starts.tolist(), ends.tolist(), allowed, strict=True)):
        own = probabilities[(paragraphs.starts < end) & (paragraphs.ends > start)].sum(axis=0)
        ordered = sorted(columns)
        found[i] = ordered[int(own[ordered].argmax())]
    return found


def _long_lines(gold: Gold) -> set[str]:
    return {line for line in (" ".join(line.split()) for line in gold.text.split("\n")) if len(line) >= LONG_CHARS}
