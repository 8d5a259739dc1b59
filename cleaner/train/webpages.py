"""Web pages to train and measure on: rendered, with the kinds that people read and the main content that benchmarks name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np

from cleaner.classify.decide import drop_repeats
from cleaner.classify.layout import Layout, lay_out
from cleaner.features.batch import extract
from cleaner.features.markup import BITS, Markup, describe
from cleaner.html.blocks import BULLET
from cleaner.html.page import RenderedPage, render_page
from cleaner.records import Label, Page, Scheme
from cleaner.text.paragraphs import segment
from cleaner.text.scan import scan
from cleaner.train.dataset import fold_of, text_matrix
from cleaner.train.gold import UNLABELLED, registrable, rows
from cleaner.train.pages import SOURCES, labelled_lines, match_kinds

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

GRAM_WORDS = 3  # a line is main content when at least half of its words lie in runs of so many that the reference has, too
MIN_SHARE = 0.5
MIN_REFERENCE_WORDS = 15
MIN_STRING_CHARS = 30  # a line so long that lies within a wanted string is part of it
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Webpage:
    """A page and what is known of its content.

    Attributes:
        name: its id.
        site: decides its fold.
        page_type: `article`, `forum`, ...; empty where unknown.
        reference: how often each word stands in its main content; None where no reference has been written.
        words: the words of each paragraph, as indices into `reference`.
        wanted: strings that belong into its text.
        unwanted: strings that do not.
        texts: its paragraphs.
    """

    name: str
    site: str
    page_type: str
    reference: np.ndarray | None
    words: tuple[np.ndarray, ...]
    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Webpages:
    """The n paragraphs of rendered pages, in order.

    Attributes:
        pages: the pages.
        bounds: shape (n_pages + 1,), int64; page p has the paragraphs `bounds[p]` to `bounds[p + 1]`.
        matrix: shape (n, n_text_columns), text features.
        markup_matrix: shape (n, 2 ** BITS), hashed markup terms, over the square root of their number.
        layouts: of each page.
        markups: of each page.
        kinds: shape (n,), int64, as people read them, `UNLABELLED` where they did not.
        content: shape (n,), int64, 1 for main content by the reference, 0 for other lines, -1 where it does not say.
        words: shape (n,), int64, blank-separated words.
        folds: shape (n,), int64.
        is_copy: shape (n,), bool, whether the page has the same paragraph before.
        blank: pages without any paragraph; they count against the program where they should have one.
    """

    pages: Sequence[Webpage]
    bounds: np.ndarray
    matrix: csr_matrix
    markup_matrix: csr_matrix
    layouts: Sequence[Layout]
    markups: Sequence[Markup]
    kinds: np.ndarray
    content: np.ndarray
    words: np.ndarray
    folds: np.ndarray
    is_copy: np.ndarray
    blank: Sequence[Webpage] = ()

    @property
    def page(self) -> np.ndarray:
        """Shape (n,), int64, the page of each paragraph."""
        return np.repeat(np.arange(len(self.pages)), np.diff(self.bounds))


def read_webpages(data: Path, seeds: Path, scheme: Scheme, every: int = 1) -> Webpages:
    """Render the benchmark pages of a data folder.

    Args:
        data: folder with the benchmarks and the labelled pages.
        seeds: the project's `seeds/`, which has the labels of further pages.
        scheme: the kinds.
        every: take one page of so many.

    Raises:
        GoldError: a file is missing or malformed.
    """
    labelled = labelled_lines(data, seeds / "pages" / "labels.tsv")
    column = {kind: i for i, kind in enumerate(scheme.kinds)}
    parts = []
    for source in SOURCES:
        for number, row in enumerate(rows(data / source)):
            if number % every == 0:
                parts.append(_read(row, labelled.get(row["id"], ([], [])), column))
    return _joined(parts)


def words_of(text: str) -> list[str]:
    """The words of a text as the benchmarks count them: runs of letters, digits and underscores, lower case."""
    return _WORD.findall(text.lower())


def targets(pages: Webpages, text_scores: np.ndarray, scheme: Scheme) -> np.ndarray:
    """The kinds to train on.

    The reference has the last word on what is main content. A line that it leaves out and people read as article, or
    did not read, gets the likeliest other kind by its text.

    Args:
        pages: the n paragraphs.
        text_scores: shape (n, k), of paragraph models that did not see the page.
        scheme: the kinds.

    Returns:
        Shape (n,), int64, `UNLABELLED` where nothing is known.
    """
    article = scheme.kinds.index(Label.ARTICLE.value)
    others = text_scores.copy()
    others[:, sorted(scheme.columns(Label.ARTICLE))] = -np.inf
    kinds = np.where(pages.content == 1, article, pages.kinds)
    left_out = (pages.content == 0) & ((pages.kinds == article) | (pages.kinds == UNLABELLED))
    return np.where(left_out, others.argmax(axis=1), kinds)


def word_f1(text: str, reference: str) -> float:
    """F1 of the words of a text against those of a reference, each word as often as it occurs; 1 where both are empty."""
    found, wanted = Counter(words_of(text)), Counter(words_of(reference))
    if not found and not wanted:
        return 1.0
    return 2 * (found & wanted).total() / (found.total() + wanted.total())


def kept_f1(page: Webpage, keep: np.ndarray) -> float:
    """`word_f1` of the kept paragraphs of a page that has a reference.

    Args:
        page: the page.
        keep: shape (n_paragraphs,), bool.
    """
    if page.reference is None:
        raise ValueError(f"{page.name}: no reference has been written for this page")
    kept = [words for words, is_kept in zip(page.words, keep.tolist(), strict=True) if is_kept]
    found = np.bincount(np.concatenate(kept), minlength=len(page.reference)) if kept else np.zeros(len(page.reference), np.int64)
    total = int(found.sum() + page.reference.sum())
    return 2 * int(np.minimum(found, page.reference).sum()) / total if total else 1.0


def _read(row: Mapping[str, Any], labelled: tuple[Sequence[str], Sequence[str]], column: Mapping[str, int]) -> Webpages | Webpage:
    """One page's paragraphs; the page alone where it has none."""
    rendered = render_page(Page(row["html"], row["url"]))
    scanned = scan([rendered.text])
    paragraphs = segment(scanned, joins=False)
    texts = tuple(rendered.text[start:end] for start, end in zip(paragraphs.starts.tolist(), paragraphs.ends.tolist(), strict=True))
    reference = row.get("main_content")
    counts, words = _counted(texts, reference)
    page = Webpage(
        row["id"],
        _site(row, rendered),
        row.get("page_type") or "",
        counts,
        words,
        tuple(row["with_"]),
        tuple(row["without"]),
        texts,
    )
    if not texts:
        return page
    features = extract(scanned, paragraphs)
    markup = describe([rendered.blocks], [rendered.host]).at(np.array(rendered.starts), paragraphs.starts)
    lines, kinds = labelled
    bare = [text.removeprefix(BULLET) for text in texts]
    read = match_kinds(bare, [line.removeprefix(BULLET) for line in lines], kinds)
    n = len(texts)
    return Webpages(
        [page],
        np.array([0, n]),
        text_matrix(features),
        _markup_matrix(markup),
        [lay_out(scanned, paragraphs, features)],
        [markup],
        np.array([UNLABELLED if kind is None else column[kind] for kind in read], np.int64),
        _content_by_strings(bare, page) if reference is None else _content_by_reference(bare, reference),
        np.array([len(text.split()) for text in texts], np.int64),
        np.full(n, fold_of(page.site)),
        ~drop_repeats(np.ones(n, bool), texts),
    )


def _counted(texts: Sequence[str], reference: str | None) -> tuple[np.ndarray | None, tuple[np.ndarray, ...]]:
    """The counts of a reference's words, and the words of each line as indices into them."""
    if reference is None:
        return None, ()
    index: dict[str, int] = {}
    wanted = [index.setdefault(word, len(index)) for word in words_of(reference)]
    words = tuple(np.array([index.setdefault(word, len(index)) for word in words_of(text)], np.int64) for text in texts)
    return np.bincount(np.array(wanted, np.int64), minlength=len(index)), words


def _site(row: Mapping[str, Any], rendered: RenderedPage) -> str:
    return registrable(rendered.host or urlsplit(row["url"]).path or row["id"])


def _markup_matrix(markup: Markup) -> csr_matrix:
    from scipy import sparse

    counts = np.diff(markup.bounds)
    values = np.repeat(1 / np.sqrt(np.maximum(counts, 1).astype(np.float32)), counts)
    matrix = sparse.csr_matrix((values, markup.columns.astype(np.int32), markup.bounds), (len(counts), 1 << BITS))
    matrix.sum_duplicates()
    return matrix


def _content_by_reference(texts: Sequence[str], reference: str) -> np.ndarray:
    """Which lines are main content: at least half of the words lie in runs that the reference has; short lines are lines of it."""
    words = words_of(reference)
    if len(words) < MIN_REFERENCE_WORDS:
        return np.full(len(texts), -1, np.int64)  # a reference of a few words says nothing about the page
    grams = set(zip(*(words[i:] for i in range(GRAM_WORDS)), strict=False))
    short = {tuple(words_of(line)) for line in reference.split("\n")}
    content = np.full(len(texts), -1, np.int64)
    for i, text in enumerate(texts):
        own = tuple(words_of(text))
        if 0 < len(own) < GRAM_WORDS:
            content[i] = own in short
        elif own:
            is_shared = np.zeros(len(own), bool)
            for at, gram in enumerate(zip(*(own[j:] for j in range(GRAM_WORDS)), strict=False)):
                if gram in grams:
                    is_shared[at : at + GRAM_WORDS] = True
            content[i] = is_shared.mean() >= MIN_SHARE
    return content


def _content_by_strings(texts: Sequence[str], page: Webpage) -> np.ndarray:
    """Which lines are main content by the strings that a page's text must and must not have."""
    wanted, unwanted = ([" ".join(string.split()) for string in strings] for strings in (page.wanted, page.unwanted))
    content = np.full(len(texts), -1, np.int64)
    for i, text in enumerate(texts):
        if any(string in text or (len(text) > MIN_STRING_CHARS and text in string) for string in wanted if string):
            content[i] = 1
        elif any(string in text for string in unwanted if string):
            content[i] = 0
    return content


def _joined(found: Sequence[Webpages | Webpage]) -> Webpages:
    from scipy import sparse

    parts = [part for part in found if isinstance(part, Webpages)]

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts])

    return replace(
        parts[0],
        pages=[part.pages[0] for part in parts],
        bounds=np.concatenate([[0], np.cumsum([len(part.kinds) for part in parts])]),
        matrix=sparse.vstack([part.matrix for part in parts], format="csr"),
        markup_matrix=sparse.vstack([part.markup_matrix for part in parts], format="csr"),
        layouts=[part.layouts[0] for part in parts],
        markups=[part.markups[0] for part in parts],
        blank=[page for page in found if isinstance(page, Webpage)],
        **{name: joined(name) for name in ("kinds", "content", "words", "folds", "is_copy")},
    )


def per_page(pages: Webpages) -> Iterable[tuple[Webpage, slice]]:
    """Each page and where its paragraphs are."""
    for page, (begin, stop) in zip(pages.pages, pairwise(pages.bounds.tolist()), strict=True):
        yield page, slice(begin, stop)
