"""The file of labels behind the page: every change is in it before it is confirmed, whoever else writes it meanwhile."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from cleaner.errors import GoldError
from cleaner.labels import LabelledDocument, read_labels, save
from cleaner.labels.jsonl import line
from cleaner.records import Scheme


class Store:
    """The labelled documents of a file, in memory and on disk at once.

    Safe to use from several threads. Another program may change the file in between: it is read again before it is written.

    Args:
        path: a file in the project's own form; it need not be there yet.
        scheme: the kinds.

    Raises:
        GoldError: the file is there and malformed; nothing of it is touched.
    """

    def __init__(self, path: Path, scheme: Scheme) -> None:
        self.path = path
        self._scheme = scheme
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._documents: dict[str, LabelledDocument] = {}
        self._lines: dict[str, bytes] = {}
        self._refresh()

    def get(self, id_: str) -> LabelledDocument | None:
        """What is known of a document; None for nothing.

        Raises:
            GoldError: somebody else left the file malformed.
        """
        with self._lock:
            self._refresh()
            return self._documents.get(id_)

    def change(self, blank: LabelledDocument, change: Callable[[LabelledDocument], LabelledDocument]) -> LabelledDocument:
        """Change a document, on disk before this returns.

        Args:
            blank: the document without answers, for when the file does not have it yet.
            change: from the document as it is to the document as it will be.

        Raises:
            CleanerError: the file cannot be written; nothing is changed then.
            GoldError: somebody else left it malformed, or labelled another text under this name.
        """
        with self._lock:
            self._refresh()
            before = self._documents.get(blank.id, blank)
            if before.text != blank.text:
                raise GoldError(self.other_text(before))
            after = change(before)
            lines = {**self._lines, blank.id: line(after)}
            save(self.path, b"".join(lines.values()))
            self._stamp = self._stamped()
            self._lines = lines
            self._documents[blank.id] = after
            return after

    @staticmethod
    def other_text(labelled: LabelledDocument) -> str:
        """What is wrong where a name stands for another text than before."""
        where = labelled.where or "the file of labels"
        return f"{where}: {labelled.id!r} was labelled with another text; take that row out, or name another file with --labels"

    def _refresh(self) -> None:
        """Read the file again where somebody else has changed it."""
        stamp = self._stamped()
        if stamp == self._stamp:
            return
        documents = read_labels(self.path, self._scheme, "jsonl") if stamp is not None else []
        self._documents = {document.id: document for document in documents}
        self._lines = {document.id: line(document) for document in documents}
        self._stamp = stamp

    def _stamped(self) -> tuple[int, int, int] | None:
        """What changes with the file; None where there is none."""
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise GoldError(f"{self.path}: cannot be read: {error.strerror or error}") from error
        return status.st_ino, status.st_size, status.st_mtime_ns
