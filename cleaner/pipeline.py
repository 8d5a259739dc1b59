"""`Cleaner`: the only place that knows the order of the steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from cleaner.assemble import assemble
from cleaner.classify.bundle import DEFAULT, Bundle, installed_models, load_bundle
from cleaner.classify.decide import decide_keep, decide_kinds, threshold_for
from cleaner.classify.model import Model
from cleaner.classify.reasons import strongest_terms
from cleaner.config import Config
from cleaner.features.batch import Features, extract
from cleaner.records import Paragraph, Result, Verdicts
from cleaner.text.paragraphs import Paragraphs, segment
from cleaner.text.scan import Scan, scan

__all__ = ["Cleaner", "Explanation", "installed_models", "load_bundle"]

BATCH_CHARS = 1 << 19  # the arrays of a batch then stay near the processor; measured best of 2**18 to 2**20
REASON_TERMS = 3


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one paragraph got its verdict.

    Attributes:
        paragraph: the verdict.
        keep: whether assembly keeps it.
        alone: the kind that the paragraph model alone would give.
        terms: strongest terms for the verdict, with their weights.
        kinds: kinds and probabilities, likeliest first.
    """

    paragraph: Paragraph
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
        self.bundle = bundle
        self.config = config or Config()
        self._model = Model.of(bundle)
        self._kept = self.config.kept_columns(self._model.scheme)
        loss = self._model.default_loss if self.config.max_article_loss is None else self.config.max_article_loss
        self._threshold = threshold_for(loss, self._model.curve)

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

    def clean(self, text: str) -> Result:
        """Judge one document.

        Raises:
            TypeError: `text` is no string; decode bytes with `cleaner.text.decode` first.
        """
        return next(self.clean_many([text]))

    def clean_many(self, texts: Iterable[str]) -> Iterator[Result]:
        """Judge many documents, lazily: the same results as one by one, in the same order, several times faster.

        Raises:
            TypeError: one of the texts is no string.
        """
        for batch in _batches(texts):
            yield from self._judge(batch)

    def explain(self, text: str) -> list[Explanation]:
        """Say of each paragraph why it got its verdict."""
        result = self.clean(text)
        alone, terms = self._reasons(text, result.verdicts.kinds)
        names = self._model.scheme.kinds
        return [
            Explanation(
                paragraph,
                keep,
                names[kind],
                tuple(pairs),
                tuple((names[i], round(float(row[i]), 4)) for i in np.argsort(-row, kind="stable")),
            )
            for paragraph, keep, kind, pairs, row in zip(
                result.paragraphs, result.verdicts.keep.tolist(), alone.tolist(), terms, result.verdicts.probabilities, strict=True
            )
        ]

    def _judge(self, texts: Sequence[str]) -> Iterator[Result]:
        scanned = scan(texts)
        paragraphs = segment(scanned)
        probabilities = self._probabilities(scanned, paragraphs)
        kinds = decide_kinds(probabilities, self._model.scheme, self._model.label_weights)
        keep = decide_keep(probabilities, self._kept, self._threshold)
        bounds = np.searchsorted(paragraphs.documents, np.arange(len(texts) + 1))
        for text, start, first, last in zip(texts, scanned.bounds, bounds, bounds[1:], strict=False):
            own = slice(first, last)
            verdicts = Verdicts(
                paragraphs.starts[own] - start,
                paragraphs.ends[own] - start,
                kinds[own],
                probabilities[own],
                keep[own],
                self._model.scheme,
                partial(self._reason_lines, text, kinds[own]),
            )
            yield Result(text, assemble(text, verdicts, self.config.marker), verdicts)

    def _probabilities(self, scanned: Scan, paragraphs: Paragraphs) -> np.ndarray:
        if not len(paragraphs.starts):
            return np.zeros((0, len(self._model.scheme.kinds)), np.float32)
        features = extract(scanned, paragraphs)
        return self._model.probabilities(scanned, paragraphs, features, self._model.alone(features))

    def _reasons(self, text: str, kinds: np.ndarray) -> tuple[np.ndarray, list[list[tuple[str, float]]]]:
        """The kind of each paragraph alone, and the terms that spoke for its final kind.

        Works on the one document again: results are the same in any batch, and a result then holds no batch in memory.
        """
        scanned = scan([text])
        paragraphs = segment(scanned)
        if not len(paragraphs.starts):
            return np.zeros(0, np.int64), []
        features: Features = extract(scanned, paragraphs)
        alone = decide_kinds(self._model.alone(features), self._model.scheme, self._model.label_weights)
        return alone, strongest_terms(scanned, features, self._model.paragraph, kinds)

    def _reason_lines(self, text: str, kinds: np.ndarray) -> list[str]:
        """One line a paragraph: its strongest terms, or that its neighbours decided."""
        alone, terms = self._reasons(text, kinds)
        names, labels = self._model.scheme.kinds, self._model.scheme.labels
        return [
            f"context: {names[kind]} alone"
            if labels[kind] is not labels[final]
            else "terms: " + ", ".join(term for term, _ in pairs[:REASON_TERMS])
            if pairs
            else "shape"
            for kind, final, pairs in zip(alone.tolist(), kinds.tolist(), terms, strict=True)
        ]


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    n_chars = 0
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(f"text {number}: got {type(text).__name__}, expected str; decode bytes with cleaner.text.decode.decode")
        if batch and n_chars + len(text) > BATCH_CHARS:
            yield batch
            batch, n_chars = [], 0
        batch.append(text)
        n_chars += len(text)
    if batch:
        yield batch
