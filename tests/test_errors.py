"""Errors come back from workers as they were, and one base catches them all."""

from __future__ import annotations

import copy
import pickle

import pytest

from cleaner.errors import BundleError, CleanerError, ConfigError, DocumentError, GoldError

ERRORS = [ConfigError("a: b"), BundleError("a: b"), GoldError("a: b"), DocumentError("a", "b")]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_errors_survive_pickling(error: CleanerError, protocol: int) -> None:
    again = pickle.loads(pickle.dumps(error, protocol))
    assert type(again) is type(error)
    assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_say_what_is_wrong_and_are_of_one_family(error: CleanerError) -> None:
    assert isinstance(error, CleanerError)
    assert str(error) == "a: b"


@pytest.mark.parametrize(("error", "is_value_error"), [*((error, True) for error in ERRORS[:3]), (ERRORS[3], False)], ids=repr)
def test_wrong_values_are_value_errors(error: CleanerError, is_value_error: bool) -> None:
    assert isinstance(error, ValueError) is is_value_error


def test_a_document_error_names_the_document() -> None:
    error = copy.copy(DocumentError("in/a.txt", "is empty"))
    assert (error.document, error.problem, str(error)) == ("in/a.txt", "is empty", "in/a.txt: is empty")
