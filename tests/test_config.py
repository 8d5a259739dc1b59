"""Settings: labels first, kinds override, and what is wrong is refused."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from cleaner.config import Config
from cleaner.errors import ConfigError
from cleaner.records import Scheme


def kept(scheme: Scheme, keep: str = "", drop: str = "") -> set[str]:
    columns = Config(keep=frozenset(keep.split()), drop=frozenset(drop.split())).kept_columns(scheme)
    return {scheme.kinds[column] for column in columns}


@pytest.mark.parametrize(
    ("keep", "drop", "expected"),
    [
        ("", "", "article"),
        ("comment", "", "article comment"),
        ("advertisement", "", "article promotion recruiting contact"),
        ("advertisement", "contact", "article promotion recruiting"),
        ("contact", "advertisement", "article contact"),
        ("boilerplate", "legal navigation", "article comment related metadata"),
        ("comment", "article", "comment"),
        ("advertisement boilerplate", "", "article comment contact legal metadata navigation promotion recruiting related"),
        ("", "boilerplate", "article"),
    ],
)
def test_labels_first_kinds_second(scheme: Scheme, keep: str, drop: str, expected: str) -> None:
    assert kept(scheme, keep, drop) == set(expected.split())


def test_an_unknown_name_is_refused_with_those_known(scheme: Scheme) -> None:
    known = "advertisement, article, boilerplate, comment, contact, legal, metadata, navigation, promotion, recruiting, related"
    for settings in ({"keep": frozenset({"spam"})}, {"drop": frozenset({"spam"})}):
        with pytest.raises(ConfigError, match=f"^'spam' is neither a label nor a kind of this model; it knows {known}$"):
            Config(**settings).kept_columns(scheme)


def test_nothing_left_to_keep_is_refused(scheme: Scheme) -> None:
    with pytest.raises(ConfigError, match="nothing is left to keep"):
        kept(scheme, drop="article")


@pytest.mark.parametrize("loss", [0, 0.0, 0.01, 0.5, None])
def test_losses_in_range_are_taken(loss: float | None) -> None:
    assert Config(max_article_loss=loss).max_article_loss == loss


@pytest.mark.parametrize("loss", [-0.01, 0.51, 1, float("nan"), float("inf")])
def test_losses_out_of_range_are_refused(loss: float) -> None:
    with pytest.raises(ConfigError, match=r"^max_article_loss: got .*; give a share from 0 to 0\.5"):
        Config(max_article_loss=loss)


def test_a_name_both_kept_and_dropped_is_refused() -> None:
    with pytest.raises(ConfigError, match="'comment' stands in both"):
        Config(keep=frozenset({"comment", "legal"}), drop=frozenset({"comment"}))


def test_a_config_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Config().marker = "x"  # type: ignore[misc]


def test_a_set_that_changes_later_changes_no_config() -> None:
    names = {"comment"}
    config = Config(keep=names)  # type: ignore[arg-type]
    names.add("legal")
    assert config.keep == {"comment"}
    assert hash(config) == hash(Config(keep=frozenset({"comment"})))
