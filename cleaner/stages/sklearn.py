"""scikit-learn: `TextCleaner`, a transformer of documents, and `ParagraphClassifier`, an estimator of paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from cleaner.classify.linear import normalised
from cleaner.classify.model import PARAGRAPH
from cleaner.config import Config
from cleaner.errors import DocumentError
from cleaner.features.batch import extract
from cleaner.stages.arrow import clean_rows
from cleaner.stages.extras import extra
from cleaner.stages.stage import Stage
from cleaner.text.paragraphs import segment
from cleaner.text.scan import scan
from cleaner.train.dataset import text_matrix
from cleaner.train.fit import Linear, fit_linear_model, linear_scores

with extra("sklearn"):
    from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
    from sklearn.utils.validation import check_is_fitted

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_BLANKS = re.compile(r"\s+")
_EMPTY = "\N{EMPTY SET}"  # stands for a paragraph without words: features need something to look at


class TextCleaner(TransformerMixin, BaseEstimator):
    """Cleans documents inside a scikit-learn pipeline; there is nothing to fit.

    Args:
        model: name of an installed model, or its folder.
        keep: labels or kinds to keep besides `article`.
        drop: labels or kinds to drop although they would be kept.
        max_article_loss: share of article words that may be lost; None: the model's own.
        marker: text to leave where something was dropped; None leaves nothing.
        html: whether the documents are web pages.

    Example:
        >>> from sklearn.feature_extraction.text import CountVectorizer
        >>> from sklearn.pipeline import make_pipeline
        >>> counts = make_pipeline(TextCleaner(), CountVectorizer()).fit_transform(["The harbour froze over in January."])
        >>> counts.shape
        (1, 6)
    """

    def __init__(
        self,
        model: str = "default",
        keep: Iterable[str] = (),
        drop: Iterable[str] = (),
        max_article_loss: float | None = None,
        marker: str | None = None,
        html: bool = False,
    ) -> None:
        self.model = model
        self.keep = keep
        self.drop = drop
        self.max_article_loss = max_article_loss
        self.marker = marker
        self.html = html

    def fit(self, X: Iterable[str], y: object = None) -> TextCleaner:  # noqa: N803 - scikit-learn's name
        """Check the settings.

        Raises:
            BundleError: the model cannot be used.
            ConfigError: a setting is wrong.
        """
        self._stage().load()
        return self

    def transform(self, X: Iterable[str]) -> list[str]:  # noqa: N803 - scikit-learn's name
        """Clean documents.

        Args:
            X: n strings; pages may be bytes.

        Returns:
            The n cleaned texts.

        Raises:
            DocumentError: one of them cannot be read; a list of texts has no place for a reason.
        """
        documents = _strings(X, bytes if self.html else str)
        rows = clean_rows(({"html" if self.html else "text": document} for document in documents), self._stage())
        for number, row in enumerate(rows):
            if row["error"] is not None:
                raise DocumentError(f"document {number}", row["error"])
        return [row["text"] for row in rows]

    def _stage(self) -> Stage:
        return Stage(self.model, Config(frozenset(self.keep), frozenset(self.drop), self.max_article_loss, self.marker))

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401 - a class of scikit-learn, which has no types
        return _of_strings(super().__sklearn_tags__(), requires_fit=False)


class ParagraphClassifier(ClassifierMixin, BaseEstimator):
    """The first pass of the pipeline as an estimator of its own: linear over hashed terms and shape, each paragraph alone.

    For cross-validation, comparison and one's own kinds. What ships also looks at neighbours and is trained by `cleaner.train`.

    Args:
        alpha: L2 penalty.
        epochs: passes over the paragraphs.
        dense_weight: of the columns of shape beside the terms.
        random_state: seed.

    Attributes:
        classes_: the classes, sorted.
        model_: the fitted linear model, of the form that bundles store.

    Example:
        >>> texts = ["Buy now and save", "All rights reserved", "The harbour froze over in January"]
        >>> ParagraphClassifier().fit(texts * 3, ["promotion", "legal", "article"] * 3).predict(texts).tolist()
        ['promotion', 'legal', 'article']
    """

    def __init__(self, alpha: float = 2e-6, epochs: int = 20, dense_weight: float = 0.03, random_state: int = 0) -> None:
        self.alpha = alpha
        self.epochs = epochs
        self.dense_weight = dense_weight
        self.random_state = random_state

    def fit(self, X: Iterable[str], y: Iterable[Any], sample_weight: np.ndarray | None = None) -> ParagraphClassifier:  # noqa: N803 - scikit-learn's name
        """Fit.

        Args:
            X: n paragraphs.
            y: their n classes, three different ones at least.
            sample_weight: shape (n,), not negative; None weighs all alike.

        Raises:
            GoldError: too few classes.
            ValueError: lengths do not match.
        """
        matrix, (self.classes_, kinds) = _matrix(X), np.unique(np.asarray(list(y)), return_inverse=True)
        weights = np.ones(matrix.shape[0]) if sample_weight is None else np.asarray(sample_weight, np.float64)
        if not matrix.shape[0] == len(kinds) == len(weights):
            raise ValueError(f"got {matrix.shape[0]} paragraphs, {len(kinds)} classes and {len(weights)} weights; give as many of each")
        used = weights > 0
        settings = Linear(self.alpha, self.epochs, self.dense_weight, self.random_state)
        self.model_ = fit_linear_model(PARAGRAPH, matrix[used], kinds[used], weights[used], settings, len(self.classes_))
        return self

    def predict_proba(self, X: Iterable[str]) -> np.ndarray:  # noqa: N803 - scikit-learn's name
        """Probabilities, not calibrated.

        Args:
            X: n paragraphs.

        Returns:
            Shape (n, k), float32, columns as in `classes_`, rows sum to 1.
        """
        check_is_fitted(self)
        return normalised(linear_scores(self.model_, _matrix(X)))

    def predict(self, X: Iterable[str]) -> np.ndarray:  # noqa: N803 - scikit-learn's name
        """The likeliest class of each paragraph, shape (n,)."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401 - a class of scikit-learn, which has no types
        tags = _of_strings(super().__sklearn_tags__(), requires_fit=True)
        tags.classifier_tags.multi_class = True
        return tags


def _of_strings(tags: Any, requires_fit: bool) -> Any:  # noqa: ANN401 - a class of scikit-learn, which has no types
    tags.input_tags.string, tags.input_tags.two_d_array, tags.requires_fit = True, False, requires_fit
    return tags


def _strings(X: Iterable[Any], also: type) -> list[Any]:  # noqa: N803 - scikit-learn's name
    """A list of strings.

    Raises:
        TypeError: it is one string instead of many, or something else than strings.
    """
    if isinstance(X, str | bytes):
        raise TypeError("got one string, expected a list of them")
    documents = list(X)
    for number, document in enumerate(documents):
        if not isinstance(document, str | also):
            raise TypeError(f"document {number}: got {type(document).__name__}, expected str")
    return documents


def _matrix(X: Iterable[str]) -> csr_matrix:  # noqa: N803 - scikit-learn's name
    """The features of paragraphs, a row each."""
    scanned = scan([_BLANKS.sub(" ", text).strip() or _EMPTY for text in _strings(X, str)])
    paragraphs = segment(scanned, joins=False)
    if len(paragraphs.starts) != len(scanned.bounds) - 1:
        raise ValueError("a paragraph has no character that shows; leave it out")
    return text_matrix(extract(scanned, paragraphs))
