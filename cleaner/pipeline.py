"""`Cleaner`: the only place that knows the order of the steps."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from cleaner.assemble import assemble
from cleaner.classify.bundle import DEFAULT, Bundle, installed_models, load_bundle
from cleaner.classify.decide import decide_kinds, drop_repeats, keep_scores, keep_something, page_scores, threshold_for
from cleaner.classify.model import Decisions, Model
from cleaner.classify.reasons import strongest_terms
from cleaner.config import Config
from cleaner.features.batch import extract
from cleaner.features.markup import describe
from cleaner.html.page import ExtractedPage, RenderedPage, extract_page, render_page
from cleaner.records import Page, Paragraph, Result, Verdicts
from cleaner.text.paragraphs import Paragraphs, segment
from cleaner.text.scan import Scan, scan

__all__ = ["Cleaner", "Explanation", "installed_models", "load_bundle"]

MARKUP_SHARE = 8  # characters of a page for one of its text, about: pages and texts fill batches alike
BATCH_CHARS = 1 << 19  # the arrays of a batch then stay near the processor; measured best of 2**18 to 2**20
BATCH_DOCUMENTS = 1 << 10  # context counts stems in a table a document: of 10,000 short texts in a batch it takes hundreds of megabytes
REASON_TERMS = 3
HELD_BYTES = (1 << 25) - (1 << 16)  # glibc learns from blocks of less than 32 MiB


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one paragraph got its verdict.

    Attributes:
        paragraph: the verdict.
        text: the paragraph.
        keep: whether assembly keeps it.
        alone: the kind that the paragraph model alone would give.
        terms: strongest terms for the verdict, with their weights.
        kinds: kinds and probabilities, likeliest first.
    """

    paragraph: Paragraph
    text: str
    keep: bool
    alone: str
    terms: tuple[tuple[str, float], ...]
    kinds: tuple[tuple[str, float], ...]


class Cleaner:
    """Labels the paragraphs of documents and cuts what is not article.

    Example:
        >>> from cleaner import Cleaner
        >>> result = Cleaner.load().clean("The harbour froze over in January.")
        >>> [str(paragraph.label) for paragraph in result.paragraphs]
        ['article']
    """

    def __init__(self, bundle: Bundle, config: Config | None = None) -> None:
        """Prepare a verified bundle for use.

        Raises:
            BundleError: the bundle does not fit this version.
            ConfigError: the config names a kind that the model does not know.
        """
        _hold_memory()
        self.bundle = bundle
        self.config = config or Config()
        self._model = Model.of(bundle)
        self._kept = self.config.kept_columns(self._model.scheme)
        # On a forum comments are the content; on the page of an article they go, however likely they are to be article.
        comments = self._model.scheme.columns("comment")
        self._kept_of_pages = self._kept | (comments if self.config.page_type == "forum" else frozenset())
        self._dropped_of_pages = comments - self._kept if self.config.page_type == "article" else frozenset()
        self._reads_markup = self._model.page is not None and self.config.extractor == "cleaner"
        self._threshold = self._threshold_of(self._model.decisions)
        self._page_threshold = self._threshold_of(self._model.page.decisions) if self._model.page is not None else self._threshold

    @classmethod
    def load(cls, model: str | Path = DEFAULT, config: Config | None = None, **settings: Any) -> Cleaner:  # noqa: ANN401 - as many types as `Config` has fields
        """Load a model: the shipped one, or a bundle's folder.

        Args:
            model: name of a shipped model, or a path.
            config: how to decide and what to write.
            **settings: fields of `Config`, for those who need only one or two; they replace those of `config`.

        Raises:
            BundleError: the model cannot be used.
            ConfigError: a setting is wrong.
        """
        return cls(load_bundle(model), replace(config or Config(), **settings))

    def clean(self, text: str | None = None, *, html: str | bytes | None = None, url: str | None = None) -> Result:
        """Judge one document.

        Args:
            text: a plain text; or
            html: a web page, in the place of a text.
            url: where the page was found.

        Raises:
            TypeError: `text` is no string (decode bytes with `cleaner.text.decode` first), or not one of `text` and `html` is given.
        """
        if (text is None) == (html is None):
            raise TypeError("give either a text or html")
        return next(self.clean_many([Page(html, url) if html is not None else text]))  # type: ignore[list-item]

    def clean_many(self, documents: Iterable[str | Page]) -> Iterator[Result]:
        """Judge many texts and pages, lazily: the same results as one by one, in the same order, several times faster.

        Raises:
            TypeError: one of the documents is neither a string nor a `Page`.
        """
        for batch in _batches(documents):
            yield from self._judge(batch)

    def explain(self, document: str | Page) -> list[Explanation]:
        """Say of each paragraph why it got its verdict."""
        result = next(self.clean_many([document]))
        joins = isinstance(document, str) or not self._reads_markup
        alone, terms = self._reasons(result.source, joins, result.verdicts.kinds)
        names = self._model.scheme.kinds
        return [
            Explanation(
                paragraph,
                result.source[paragraph.start : paragraph.end],
                keep,
                names[kind],
                tuple(pairs),
                tuple((names[i], round(float(row[i]), 4)) for i in np.argsort(-row, kind="stable")),
            )
            for paragraph, keep, kind, pairs, row in zip(
                result.paragraphs, result.verdicts.keep.tolist(), alone.tolist(), terms, result.verdicts.probabilities, strict=True
            )
        ]

    def _threshold_of(self, decisions: Decisions) -> float:
        loss = self.config.max_article_loss
        return threshold_for(decisions.default_loss if loss is None else loss, decisions.curve)

    def _judge(self, documents: Sequence[str | Page]) -> Iterator[Result]:
        """Judge a batch; the texts among it and the pages go through passes of their own."""
        with _without_collection():
            views = [document if isinstance(document, str) else self._open(document) for document in documents]
        pages = [view for view in views if isinstance(view, RenderedPage)]
        of_pages = self._verdicts([page.text for page in pages], pages)
        of_texts = self._verdicts([_text(view) for view in views if not isinstance(view, RenderedPage)])
        for view in views:
            text = _text(view)
            verdicts = next(of_pages if isinstance(view, RenderedPage) else of_texts)
            yield Result(text, assemble(text, verdicts, self.config.marker), verdicts, None if isinstance(view, str) else view)

    def _open(self, page: Page) -> RenderedPage | ExtractedPage:
        """Turn a page into text: with its markup, unless the config or the model knows of none."""
        if self.config.extractor == "trafilatura":
            return extract_page(page)
        rendered = render_page(page)
        return rendered if self._reads_markup else ExtractedPage(page, rendered.text)

    def _verdicts(self, texts: Sequence[str], pages: Sequence[RenderedPage] = ()) -> Iterator[Verdicts]:
        """The verdicts on each text; on rendered pages, with their markup."""
        scanned = scan(texts)
        paragraphs = segment(scanned, joins=not pages)
        probabilities = self._probabilities(scanned, paragraphs, pages)
        decisions = self._model.page.decisions if pages and self._model.page is not None else self._model.decisions
        kinds = decide_kinds(probabilities, self._model.scheme, decisions.label_weights)
        bounds = np.searchsorted(paragraphs.documents, np.arange(len(texts) + 1))
        kept = self._kept_of_pages if pages else self._kept
        scores = keep_scores(probabilities, kept, np.diff(bounds)[paragraphs.documents], decisions.long_offset)
        if pages:
            scores = page_scores(scores, paragraphs.ends - paragraphs.starts, bounds)
        keep = scores >= (self._page_threshold if pages else self._threshold)
        if pages:
            keep = keep_something(keep, probabilities, kept, bounds)
            keep &= ~np.isin(kinds, sorted(self._dropped_of_pages))
        for text, start, first, last in zip(texts, scanned.bounds, bounds, bounds[1:], strict=False):
            own = slice(first, last)
            starts, ends, stays = paragraphs.starts[own] - start, paragraphs.ends[own] - start, keep[own]
            if pages:
                stays = drop_repeats(stays, [text[begin:end] for begin, end in zip(starts.tolist(), ends.tolist(), strict=True)])
            yield Verdicts(
                starts,
                ends,
                kinds[own],
                probabilities[own],
                stays,
                self._model.scheme,
                partial(self._reason_lines, text, not pages, kinds[own]),
            )

    def _probabilities(self, scanned: Scan, paragraphs: Paragraphs, pages: Sequence[RenderedPage]) -> np.ndarray:
        if not len(paragraphs.starts):
            return np.zeros((0, len(self._model.scheme.kinds)), np.float32)
        markup = None
        if pages:
            starts = np.concatenate([np.array(page.starts, np.int64) + at for page, at in zip(pages, scanned.bounds, strict=False)])
            with _without_collection():
                markup = describe([page.blocks for page in pages], [page.host for page in pages]).at(starts, paragraphs.starts)
        return self._model.probabilities(scanned, paragraphs, extract(scanned, paragraphs), markup)

    def _reasons(self, text: str, joins: bool, kinds: np.ndarray) -> tuple[np.ndarray, list[list[tuple[str, float]]]]:
        """The kind of each paragraph by its text alone, and the terms that spoke for its final kind.

        Works on the one document again: results are the same in any batch, and a result then holds no batch in memory.
        """
        scanned = scan([text])
        paragraphs = segment(scanned, joins)
        if not len(paragraphs.starts):
            return np.zeros(0, np.int64), []
        features = extract(scanned, paragraphs)
        alone = decide_kinds(self._model.alone(features), self._model.scheme, self._model.decisions.label_weights)
        return alone, strongest_terms(scanned, features, self._model.paragraph, kinds)

    def _reason_lines(self, text: str, joins: bool, kinds: np.ndarray) -> list[str]:
        """One line a paragraph: its strongest terms, or that its context or markup decided."""
        alone, terms = self._reasons(text, joins, kinds)
        names, labels = self._model.scheme.kinds, self._model.scheme.labels
        return [
            f"{'context' if joins else 'markup, context'}: {names[kind]} alone"
            if labels[kind] is not labels[final]
            else "terms: " + ", ".join(term for term, _ in pairs[:REASON_TERMS])
            if pairs
            else "shape"
            for kind, final, pairs in zip(alone.tolist(), kinds.tolist(), terms, strict=True)
        ]


def _hold_memory() -> None:
    """Have freed memory kept for the next batch: giving it back and asking for it again took a tenth of the time.

    The allocator of glibc keeps blocks up to the size of the largest one that was ever freed. This one is never written to, so it
    costs nothing; other allocators do not mind.
    """
    np.empty(HELD_BYTES, np.uint8)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Hold the search for cycles of objects: pages make many objects and no cycles, and searching takes as long as the rest."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _text(view: str | RenderedPage | ExtractedPage) -> str:
    return view if isinstance(view, str) else view.text


def _batches(documents: Iterable[str | Page]) -> Iterator[list[str | Page]]:
    batch: list[str | Page] = []
    n_chars = 0
    for number, document in enumerate(documents):
        if not isinstance(document, str | Page):
            got = type(document).__name__
            raise TypeError(f"document {number}: got {got}, expected str or Page; decode bytes with cleaner.text.decode.decode")
        size = len(document) if isinstance(document, str) else len(document.html) // MARKUP_SHARE
        if batch and (n_chars + size > BATCH_CHARS or len(batch) == BATCH_DOCUMENTS):
            yield batch
            batch, n_chars = [], 0
        batch.append(document)
        n_chars += size
    if batch:
        yield batch
