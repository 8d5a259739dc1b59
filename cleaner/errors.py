"""Every error the package raises on purpose.

CleanerError
├── ConfigError      a setting is wrong: the run stops before it starts
├── BundleError      a model bundle is damaged, foreign or from another format: nothing of it is used
├── GoldError        a labelled document is malformed: training stops and names file and row
└── DocumentError    one document cannot be read: it is skipped, named and counted
"""

from __future__ import annotations


class CleanerError(Exception):
    """Base of all errors of this package."""


class ConfigError(CleanerError, ValueError):
    """A setting is wrong or contradicts another."""


class BundleError(CleanerError, ValueError):
    """A model bundle cannot be used."""


class GoldError(CleanerError, ValueError):
    """A labelled document cannot be used."""


class DocumentError(CleanerError):
    """One document cannot be processed; the run goes on without it.

    Attributes:
        document: id of the document, usually its path or record number.
        problem: what is wrong with it.
    """

    def __init__(self, document: str, problem: str) -> None:
        super().__init__(document, problem)  # both arguments in args, so that the error survives pickling
        self.document = document
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.document}: {self.problem}"
