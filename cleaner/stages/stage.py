"""What a stage does with its documents, apart from the engine it runs on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from cleaner.config import Config
from cleaner.errors import DocumentError
from cleaner.formats import Document, Entry, Reading
from cleaner.formats.document import MAX_DOCUMENT_BYTES
from cleaner.pipeline import BATCH_CHARS, MARKUP_SHARE, Cleaner
from cleaner.records import Page, Result
from cleaner.runs.threads import one_thread
from cleaner.runs.work import judge

MOST_MODELS = 4  # that a process holds; a pipeline rarely has two


@dataclass(frozen=True, slots=True)
class Stage:
    """Settings of a stage: small and picklable, so that they travel to workers, and each process loads the model once.

    Attributes:
        model: name of an installed model, or a folder that every worker can read.
        config: how to decide and what to write.
        label: False does what `cleaner clean` does, texts become what is kept of them. True does what `cleaner label` does, texts
            stay, and a column `paragraphs` has the verdicts. Of a page the text is what is extracted from it.
        removed: add a column `removed`: the dropped paragraphs, verdicts and texts.
        text_field: the column of texts. Pages come from `html`, where there is no text, and their address from `url`.
        error_field: the column that says of a failed row what is wrong with it; null in all others.
        max_document_bytes: larger documents fail.
        max_document_seconds: documents that take longer fail, where the engine calls us in a main thread; 0 waits for all.
    """

    model: str = "default"
    config: Config = field(default_factory=Config)
    label: bool = False
    removed: bool = False
    text_field: str = "text"
    error_field: str = "error"
    max_document_bytes: int = MAX_DOCUMENT_BYTES
    max_document_seconds: float = 60.0

    @property
    def reading(self) -> Reading:
        """How rows are read."""
        return Reading(self.text_field, max_document_bytes=self.max_document_bytes)

    def load(self) -> Cleaner:
        """The model, loaded when this process first asks for it.

        Raises:
            BundleError: the model cannot be used.
            ConfigError: a setting is wrong.
        """
        return _load(self.model, self.config)

    def judge(self, entries: Iterable[Entry]) -> Iterator[Result | DocumentError]:
        """Judge documents: a result or an error for each, in order; only some batches of them are held at a time."""
        cleaner = self.load()
        for piece in _pieces(entries):
            documents = [entry for entry in piece if isinstance(entry, Document)]
            with one_thread():
                judged = iter(judge(cleaner, documents, self.max_document_seconds))
            yield from (next(judged) if isinstance(entry, Document) else entry for entry in piece)


PLAIN = Stage()


@lru_cache(maxsize=MOST_MODELS)
def _load(model: str, config: Config) -> Cleaner:
    return Cleaner.load(model, config)


def _pieces(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Entries in lists of a batch of `clean_many` each: results of several, held at once, would cost a tenth of the time."""
    piece: list[Entry] = []
    n_chars = 0
    for entry in entries:
        size = 0 if isinstance(entry, DocumentError) else _size(entry.content)
        if piece and n_chars + size > BATCH_CHARS:
            yield piece
            piece, n_chars = [], 0
        piece.append(entry)
        n_chars += size
    if piece:
        yield piece


def _size(content: str | Page) -> int:
    return len(content) if isinstance(content, str) else len(content.html) // MARKUP_SHARE
