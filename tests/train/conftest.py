"""Small models: as few columns and documents as a fit needs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from cleaner.classify.model import PARAGRAPH
from cleaner.features import terms
from cleaner.train.dataset import N_FOLDS, Dataset, build_dataset, fold_of
from cleaner.train.fit import Linear, Networks, Recipe
from cleaner.train.gold import Gold

TINY = Recipe(linear=Linear(alpha=2e-6, epochs=2, dense_weight=0.03), networks=Networks(hidden=8, epochs=2, count=1, decay=3e-3))


@pytest.fixture(scope="session")
def documents(written: list[Gold]) -> list[Gold]:
    """Four written documents of each fold, those of most kinds, and one more that plays an example."""
    by_kinds = sorted(written, key=lambda gold: -len(set(gold.kinds.tolist())))
    chosen = [gold for fold in range(N_FOLDS) for gold in [gold for gold in by_kinds if fold_of(gold.site) == fold][:4]]
    example = next(gold for gold in by_kinds if all(gold is not other for other in chosen))
    return [*chosen, replace(example, corpus="examples")]


@pytest.fixture
def small_tables() -> Iterator[None]:
    """Give every group of terms 2 ** 10 columns, wherever the groups are known."""
    small = {
        "GROUPS": (terms.GROUPS, tuple(replace(group, bits=10) for group in terms.GROUPS)),
        "PARAGRAPH": (PARAGRAPH, replace(PARAGRAPH, groups=dict.fromkeys(PARAGRAPH.groups, 10))),
    }
    with pytest.MonkeyPatch.context() as patch:
        for module in list(sys.modules.values()):
            for name, (known, smaller) in small.items():
                if getattr(module, name, None) is known:
                    patch.setattr(module, name, smaller)
        yield


@pytest.fixture
def dataset(small_tables: None, documents: list[Gold]) -> Dataset:
    """The documents as arrays."""
    return build_dataset(documents)
