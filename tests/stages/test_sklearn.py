"""scikit-learn: the command line's results, scikit-learn's own checks where texts can pass them, its conventions elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import ConfigError, DocumentError, GoldError
from cleaner.records import Scheme
from cleaner.train.gold import Gold
from tests.stages.conftest import Rows, by_command

pytest.importorskip("pyarrow", reason="pyarrow is not installed: cleaner[sklearn]")
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks as checks

from cleaner.stages.sklearn import ParagraphClassifier, TextCleaner

# scikit-learn tests estimators of strings no further than this: all its other checks feed numbers.
CHECKS = [
    checks.check_estimator_cloneable,
    checks.check_estimator_repr,
    checks.check_estimator_tags_renamed,
    checks.check_get_params_invariance,
    checks.check_mixin_order,
    checks.check_no_attributes_set_in_init,
    checks.check_parameters_default_constructible,
    checks.check_set_params,
    checks.check_valid_tag_types,
]


@pytest.mark.parametrize("estimator", [TextCleaner(), ParagraphClassifier()], ids=repr)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_scikit_learns_own_checks(estimator: Any, check: Any) -> None:
    check(type(estimator).__name__, estimator)


def test_texts_are_those_of_the_command_line(documents: Rows, cleaned: dict[str, str]) -> None:
    texts = [row for row in documents if row["text"] is not None]
    assert TextCleaner().fit_transform([row["text"] for row in texts]) == [cleaned[row["id"]] for row in texts]


def test_pages_are_those_of_the_command_line_in_two_processes(documents: Rows, tmp_path: Path) -> None:
    """A list of pages has no place for their addresses, so the command line gets none either."""
    rows = [row | {"url": None} for row in documents if row["html"] is not None]
    pages = [row["html"] for row in rows]
    done = joblib.Parallel(n_jobs=2)(joblib.delayed(TextCleaner(html=True).transform)(part) for part in (pages[:80], pages[80:]))
    assert [*done[0], *done[1]] == [row["text"] for row in by_command("clean", rows, tmp_path)]


def test_it_works_inside_a_pipeline(documents: Rows) -> None:
    texts = [row["text"] for row in documents if row["text"] is not None][:60]
    pipeline = make_pipeline(TextCleaner(), TfidfVectorizer(), LogisticRegression())
    pipeline.fit(texts, [number % 2 for number in range(len(texts))])
    assert pipeline.predict(texts).shape == (60,)
    assert clone(pipeline).get_params()["textcleaner__model"] == "default"


def test_settings_are_checked_when_fitted() -> None:
    with pytest.raises(ConfigError, match="nonsense"):
        TextCleaner(keep=["nonsense"]).fit(["a"])


@pytest.mark.parametrize("wrong", ["one string", [1], [None]])
def test_what_is_no_list_of_strings_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="expected"):
        TextCleaner().transform(wrong)


def test_a_document_that_fails_is_named() -> None:
    with pytest.raises(DocumentError, match="document 1"):
        TextCleaner().transform(["Short.", "x" * (64 * 2**20 + 1)])


@pytest.fixture(scope="module")
def paragraphs(written: list[Gold], scheme: Scheme) -> tuple[list[str], list[str], list[str]]:
    """Texts, kinds and documents of some English paragraphs."""
    golds = [gold for gold in written if gold.language == "en"][:40]
    rows = [
        (gold.text[start:end], scheme.kinds[kind], gold.name)
        for gold in golds
        for start, end, kind in zip(gold.starts.tolist(), gold.ends.tolist(), gold.kinds.tolist(), strict=True)
    ]
    texts, kinds, names = (list(column) for column in zip(*rows, strict=True))
    return texts, kinds, names


def test_it_learns_what_no_constant_knows(paragraphs: tuple[list[str], list[str], list[str]]) -> None:
    from sklearn.model_selection import GroupKFold

    texts, kinds, names = paragraphs
    scores = cross_val_score(ParagraphClassifier(), texts, kinds, groups=names, cv=GroupKFold(2))
    most = max(kinds.count(kind) for kind in set(kinds)) / len(kinds)
    assert scores.mean() > most + 0.05  # a constant reaches `most`


def test_the_same_seed_gives_the_same_model(paragraphs: tuple[list[str], list[str], list[str]]) -> None:
    texts, kinds, _ = paragraphs
    first, second = (ParagraphClassifier(epochs=2).fit(texts, kinds).predict_proba(texts) for _ in range(2))
    assert np.array_equal(first, second)
    assert np.allclose(first.sum(axis=1), 1, atol=1e-5)  # float32


def test_settings_can_be_searched(paragraphs: tuple[list[str], list[str], list[str]]) -> None:
    texts, kinds, _ = paragraphs
    some = [i for i, kind in enumerate(kinds) if kind in ("article", "legal", "promotion", "navigation")][:200]
    search = GridSearchCV(ParagraphClassifier(epochs=2), {"alpha": [1e-6, 1e-4]}, cv=2, error_score="raise")
    assert search.fit([texts[i] for i in some], [kinds[i] for i in some]).best_params_["alpha"] in (1e-6, 1e-4)


def test_weight_zero_is_as_good_as_absent() -> None:
    texts, kinds = ["Buy now", "Copyright 2024", "The harbour froze", "Nonsense"], ["a", "b", "c", "a"]
    weighted = ParagraphClassifier().fit(texts, kinds, np.array([1, 1, 1, 0])).predict_proba(texts)
    assert np.array_equal(weighted, ParagraphClassifier().fit(texts[:3], kinds[:3]).predict_proba(texts))


def test_two_classes_are_too_few() -> None:
    with pytest.raises(GoldError, match="2 kinds"):
        ParagraphClassifier().fit(["a", "b"], ["x", "y"])


def test_unfitted_it_says_so() -> None:
    with pytest.raises(NotFittedError):
        ParagraphClassifier().predict(["a"])


@given(st.lists(st.text(max_size=30), min_size=1, max_size=5))
def test_any_strings_get_a_row_each(texts: list[str]) -> None:
    assert MODEL.predict_proba(texts).shape == (len(texts), 3)


MODEL = ParagraphClassifier().fit(["Buy now", "Copyright 2024", "The harbour froze"], ["a", "b", "c"])
