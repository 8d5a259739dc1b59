"""Bytes of label files: read with a message, parsed whatever the container, written whole or not at all."""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cleaner.errors import CleanerError, GoldError

MAX_BYTES = 2**31  # parsed JSON takes some ten times its size in memory; more than this is no label file


def load(path: Path) -> str:
    """A file as text.

    Raises:
        GoldError: it cannot be read, is no regular file, or is not UTF-8.
    """
    try:
        if not path.is_file():
            raise GoldError(f"{path}: no such file; name a file of labels")
        if path.stat().st_size > MAX_BYTES:
            raise GoldError(f"{path}: more than 2 GiB; split it into several files")
        return path.read_bytes().decode("utf-8-sig", "surrogatepass")
    except OSError as error:
        raise GoldError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise GoldError(f"{path}: not UTF-8 at byte {error.start}; convert it, for instance with 'iconv -t UTF-8'") from error


def rows(path: Path) -> Iterator[tuple[str, Any]]:
    """The values of a file of JSON Lines, or of one JSON array.

    Yields:
        Where each stands, for messages, and the value.

    Raises:
        GoldError: a value is not JSON; what comes before it has been given by then.
    """
    text = load(path)
    if text.lstrip()[:1] == "[":
        values = _parsed(text, f"{path}")
        yield from ((f"{path}: item {number}", value) for number, value in enumerate(values, 1))
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield f"{path}:{number}", _parsed(line, f"{path}:{number}")


def _parsed(text: str, where: str) -> Any:  # noqa: ANN401 - whatever the file holds
    try:
        return json.loads(text, parse_constant=_no_number, parse_float=_number)
    except (ValueError, RecursionError) as error:
        problem = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise GoldError(f"{where}: not JSON: {problem}; restore the file or take the row out") from error


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _number(written: str) -> float:
    number = float(written)
    if not math.isfinite(number):
        raise ValueError(f"{written[:20]} is larger than any number that could be written back")
    return number


def save(path: Path, data: bytes) -> None:
    """Replace a file in one step: whoever reads it, whenever, sees the old or the new one whole.

    Raises:
        CleanerError: it cannot be written.
    """
    goal = os.path.realpath(path)
    part = None
    try:
        os.makedirs(os.path.dirname(goal), exist_ok=True)
        mode = os.stat(goal).st_mode & 0o777 if os.path.exists(goal) else 0o666 & ~_umask()
        handle, part = tempfile.mkstemp(".part", f".{os.path.basename(goal)[:40]}.", os.path.dirname(goal))
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(part, mode)
        os.replace(part, goal)
        part = None
    except OSError as error:
        raise CleanerError(f"{path}: cannot be written: {error.strerror or error}; make room or name another file") from error
    finally:
        if part is not None:
            os.unlink(part)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
