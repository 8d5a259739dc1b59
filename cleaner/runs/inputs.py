"""What the user named → the files to read: a file, a folder, a pattern or `-` for standard input."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cleaner.errors import ConfigError, DocumentError
from cleaner.formats import FORMATS, Packing, known, packing_of, split_compression

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read.

    Attributes:
        path: as messages name it and `open` takes it; `-` is standard input.
        packing: how its documents are stored.
        place: where it lies below the folder that all inputs share; results lie there below the output folder.
        status: its size and when it was last changed, in nanoseconds; None where that cannot be told.
    """

    path: str
    packing: Packing
    place: str
    status: tuple[int, int] | None = None

    @property
    def n_bytes(self) -> int:
        """Its size; 0 where that cannot be told."""
        return 0 if self.status is None else self.status[0]


@dataclass(slots=True)
class Found:
    """The files behind the inputs, as they are being found.

    Attributes:
        sources: the files to read, in order, none twice.
        passed_over: files in folders and patterns whose ending no format claims.
        problems: folders that could not be read, and links that lead out of theirs.
        is_one: whether the user named one single file.
    """

    sources: list[Source] = field(default_factory=list)
    passed_over: int = 0
    problems: list[DocumentError] = field(default_factory=list)
    is_one: bool = False


def find(inputs: Iterable[str], read_as: Packing | None = None, outputs: Iterable[str] = ()) -> Found:
    """Find the files behind the inputs.

    Files of a folder come by name, then its folders; hidden ones are passed over without a word.

    Args:
        inputs: files, folders, patterns, `-`.
        read_as: the format of all inputs whatever their endings; None goes by the ending, and takes standard input as text.
        outputs: files and folders that this run writes; folders and patterns do not take them up again.

    Returns:
        The files, those passed over and the folders that could not be read.

    Raises:
        ConfigError: an input does not exist, matches nothing or is a file of unknown format.
    """
    names = list(dict.fromkeys(inputs))
    found = Found(is_one=len(names) == 1 and (names[0] == STDIN or (os.path.lexists(names[0]) and not os.path.isdir(names[0]))))
    own = [os.path.abspath(path) for path in outputs]
    top = _shared_folder(names)
    seen: set[str] = set()
    for name in names:
        for path in _files(name, found.problems):
            absolute = os.path.abspath(path)
            packing = _packing(path, read_as)
            is_named = path == name
            if absolute in seen or (not is_named and _is_below(absolute, own)):
                continue
            seen.add(absolute)
            if packing is None and is_named:
                raise ConfigError(f"{path}: unknown format; name one with --from, known are {known()}")
            if packing is None:
                found.passed_over += 1
            else:
                place = f"stdin{packing.ending}" if path == STDIN else os.path.relpath(absolute, top)
                found.sources.append(Source(path, packing, place, _status(path)))
    return found


def _status(path: str) -> tuple[int, int] | None:
    if path == STDIN:
        return None
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _packing(path: str, read_as: Packing | None) -> Packing | None:
    if read_as is not None:
        return Packing(read_as.format, read_as.compression or split_compression(path)[1])
    return Packing(FORMATS["txt"]) if path == STDIN else packing_of(path)


def _files(name: str, problems: list[DocumentError]) -> Iterator[str]:
    """The files that one input names.

    Raises:
        ConfigError: there are none.
    """
    if os.path.isdir(name):
        yield from _walk(name, problems)
    elif name == STDIN or os.path.lexists(name):
        yield name
    elif matches := sorted(glob.glob(name, recursive=True)):
        for match in matches:
            yield from _walk(match, problems) if os.path.isdir(match) else [match]
    elif glob.has_magic(name):
        raise ConfigError(f"{name}: the pattern matches nothing")
    else:
        raise ConfigError(f"{name}: no such file or folder")


def _walk(folder: str, problems: list[DocumentError]) -> Iterator[str]:
    def remember(error: OSError) -> None:
        problems.append(DocumentError(str(error.filename), f"the folder cannot be read: {error.strerror}"))

    top = os.path.realpath(folder)
    for parent, folders, files in os.walk(folder, onerror=remember):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = os.path.join(parent, name)
            if name.startswith("."):
                continue
            if os.path.islink(path) and not _is_below(os.path.realpath(path), [top]):
                problems.append(DocumentError(path, "a link that leads out of its folder is not followed; name its goal as an input"))
            else:
                yield path


def _shared_folder(names: Iterable[str]) -> str:
    """The deepest folder that holds all inputs; of one folder, that folder.

    Raises:
        ConfigError: there is none.
    """
    folders = [os.path.abspath(_folder(name)) for name in names if name != STDIN]
    try:
        return os.path.commonpath(folders) if folders else ""
    except ValueError as error:
        raise ConfigError(f"the inputs share no folder: {error}; run once for each") from error


def _folder(name: str) -> str:
    if os.path.isdir(name):
        return name
    folder = os.path.dirname(name)
    while not os.path.lexists(name) and glob.has_magic(folder):
        folder = os.path.dirname(folder)
    return folder or os.curdir


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip(os.sep) + os.sep) for folder in folders)
