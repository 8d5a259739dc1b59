"""Which file goes where: decided, and refused where it must be, before anything is loaded, read or written."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cleaner.errors import ConfigError, DocumentError
from cleaner.formats import FORMATS, SIDECAR, Packing, Reading, packing_of
from cleaner.formats.streams import MAX_EXPANSION
from cleaner.runs.inputs import STDIN, Found, Source, find

ERRORS_ENDING, STATE_ENDING = ".errors.jsonl", ".state.json"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run reads and works.

    Attributes:
        reading: fields and limits of the formats.
        n_jobs: processes that judge; 1 judges in the process that reads and writes.
        max_seconds: documents that take longer to judge are skipped; 0 lets them take as long as they do.
        max_expansion: bytes that a compressed byte may become.
        resume: whether to go on with an unfinished run; None refuses to choose where there is one, False drops it.
        marker: what the engine leaves in each gap; needed to tell where the gaps are.
        metadata: whether records of web pages get the page's title, author, date and language.
        engine: what else the results depend on, by name: the model's digest, the config.
    """

    reading: Reading = field(default_factory=Reading)
    n_jobs: int = 1
    max_seconds: float = 60.0
    max_expansion: int = MAX_EXPANSION
    resume: bool | None = None
    marker: str | None = None
    metadata: bool = False
    engine: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Task:
    """What the user asks for.

    Attributes:
        inputs: files, folders, patterns, `-`.
        output: the file or folder to write; None writes to standard output.
        read_as: the format of all inputs; None goes by their endings.
        write_as: the format of the results; None keeps that of the inputs.
        removed: file for one row a dropped paragraph; None writes none.
        label: whether to write the verdicts beside the whole text rather than the cleaned text.
        sidecar: whether those go to files of their own instead, the documents untouched; only with `label`.
        report: file for the report as a web page; None writes none.
        settings: how to read and work.
    """

    inputs: tuple[str, ...]
    output: str | None = None
    read_as: Packing | None = None
    write_as: Packing | None = None
    removed: str | None = None
    label: bool = False
    sidecar: bool = False
    report: str | None = None
    settings: Settings = Settings()


@dataclass(frozen=True, slots=True)
class Job:
    """One file to read and where its documents go; a target of None is standard output."""

    source: Source
    target: str | None
    packing: Packing


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a run needs to know.

    Attributes:
        jobs: the files to read, in order.
        errors: file that names the skipped documents; None where there is no output beside which it could lie.
        removed: file for the dropped paragraphs, or None.
        label: whether verdicts are written beside the text.
        with_headers: whether texts on standard output are told apart by a line with their name.
        passed_over: files whose ending no format claims.
        problems: folders that could not be read.
        output: the file or folder of the results, as the user named it; None for standard output.
        sidecar: whether the verdicts stand alone.
        report: file for the report as a web page, or None.
        state: file for the state of an unfinished run; None where it could not go on anyway.
        settings: how to read and work.
    """

    jobs: tuple[Job, ...]
    errors: str | None
    removed: str | None
    label: bool
    with_headers: bool
    passed_over: int
    problems: tuple[DocumentError, ...]
    output: str | None = None
    sidecar: bool = False
    report: str | None = None
    state: str | None = None
    settings: Settings = Settings()

    @property
    def is_live(self) -> bool:
        """Whether somebody may be waiting for each result: standard input is all there is to read."""
        return [job.source.path for job in self.jobs] == [STDIN]

    def n_bytes(self) -> int:
        """Size of all files to read, 0 for what cannot be told."""
        return sum(job.source.n_bytes for job in self.jobs)


def make_plan(task: Task) -> Plan:
    """Find the inputs, give each its target and make sure that nothing is lost on the way.

    Raises:
        ConfigError: an input is missing or of unknown format, the output cannot hold the documents, or it would overwrite an input.
    """
    errors, state = _beside(task.output, ERRORS_ENDING), _beside(task.output, STATE_ENDING)
    data = None if task.report is None else data_of(task.report)
    written = [errors, state, task.removed, task.report, data]
    found = find(task.inputs, task.read_as, [path for path in (_own(task), *written) if path is not None])
    jobs = _jobs(task, found)
    for job in jobs:
        _check_fit(job, task.label, task.settings.metadata)
    _check_shared(jobs, task.output)
    _check_distinct([task.output, *written])
    _check_inputs_survive(found.sources, [*(job.target for job in jobs), *written])
    on_stdout = {job.packing.format.is_table for job in jobs if job.target is None}
    if len(on_stdout) > 1:
        raise ConfigError("texts and records cannot share standard output; add --to jsonl, or name a folder with -o")
    is_repeatable = all(job.source.path != STDIN and job.target is not None and not is_special(job.target) for job in jobs)
    if task.settings.resume and not is_repeatable:
        raise ConfigError("--resume needs files to read and to write; standard input, devices and pipes cannot go on")
    return Plan(
        jobs=tuple(jobs),
        errors=errors,
        removed=task.removed,
        label=task.label,
        with_headers=not found.is_one and False in on_stdout,
        passed_over=found.passed_over,
        problems=tuple(found.problems),
        output=task.output,
        sidecar=task.sidecar,
        report=task.report,
        state=state if is_repeatable else None,
        settings=task.settings,
    )


def is_special(path: str) -> bool:
    """Whether a path is neither a file nor a folder nor free: a device or a pipe, to be written to as it is."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


def data_of(report: str) -> str:
    """The file beside a report that holds the same for programs."""
    return f"{os.path.splitext(report)[0]}.json"


def _beside(output: str | None, ending: str) -> str | None:
    """A file beside the output; nowhere for standard output, devices and pipes."""
    if output is None or is_special(output):
        return None
    bare = output.rstrip("/" + os.sep)
    return (os.path.abspath(output) if os.path.basename(bare) in ("", os.curdir, os.pardir) else bare) + ending


def _own(task: Task) -> str | None:
    """The output as something not to read; not so where it is an input folder itself, which then is refused."""
    if task.output is None or os.path.abspath(task.output) in map(os.path.abspath, task.inputs):
        return None
    return task.output


def _jobs(task: Task, found: Found) -> list[Job]:
    """Where each file's documents go, and in which format."""
    output = task.output
    if task.sidecar and task.write_as is not None and task.write_as.format.name != SIDECAR.name:
        raise ConfigError(f"--sidecar writes JSON Lines, not {task.write_as.format.name}; leave --to away, or give jsonl.gz")
    if output is None:
        asked = _as_asked(task.write_as, task)
        return [Job(source, None, asked or replace(_same(source, task), compression=None)) for source in found.sources]
    if _is_file(output, found):
        packing = task.write_as or packing_of(output)
        return [Job(source, output, _as_asked(packing, task) or _same(source, task)) for source in found.sources]
    if os.path.lexists(output) and not os.path.isdir(output):
        raise ConfigError(f"{output}: is a file, and several documents need a folder; name one, or a .jsonl file")
    return _mirrored(output, found.sources, task)


def _is_file(output: str, found: Found) -> bool:
    """Whether the output is one file rather than a folder of results."""
    if os.path.isdir(output) or output.endswith(("/", os.sep)):
        return False
    return found.is_one or is_special(output) or packing_of(output) is not None


def _same(source: Source, task: Task) -> Packing:
    """The format that results have when none is asked for: that of the source, or one that can be written and has room."""
    own = source.packing.format
    if task.sidecar:
        return replace(source.packing, format=SIDECAR)
    if task.label:
        return source.packing if own.is_table and own.writer is not None else replace(source.packing, format=FORMATS["jsonl"])
    return source.packing if own.plain is None else replace(source.packing, format=FORMATS[own.plain])


def _as_asked(packing: Packing | None, task: Task) -> Packing | None:
    """The packing that the user named, by option or ending; a sidecar keeps no more of it than the compression."""
    return replace(packing, format=SIDECAR) if packing is not None and task.sidecar else packing


def _mirrored(folder: str, sources: Iterable[Source], task: Task) -> list[Job]:
    """Targets below a folder, as the inputs lie; where two would share a name each keeps its own whole name in front."""
    packed = [(source, _as_asked(task.write_as, task) or _same(source, task)) for source in sources]
    short = [_place(source, packing) for source, packing in packed]
    uses = Counter(short)
    places = [
        f"{source.place}{packing.ending}" if uses[place] > 1 else place for place, (source, packing) in zip(short, packed, strict=True)
    ]
    if len(set(places)) < len(places):
        twice = Counter(places).most_common(1)[0][0]
        raise ConfigError(f"{os.path.join(folder, twice)}: two inputs would be written here; run once for each")
    return [Job(source, os.path.join(folder, place), packing) for place, (source, packing) in zip(places, packed, strict=True)]


def _place(source: Source, packing: Packing) -> str:
    """The source's place, its ending changed where the packing does."""
    if packing == source.packing:
        return source.place
    known = packing_of(source.place)
    return (source.place[: -len(known.ending)] if known is not None else source.place) + packing.ending


def _check_fit(job: Job, label: bool, metadata: bool) -> None:
    """Refuse to write records or verdicts where there is only room for text.

    Raises:
        ConfigError: there is no room.
    """
    where, format_, read = job.target or "standard output", job.packing.format, job.source.packing.format
    name = format_.name
    if format_.writer is None:
        raise ConfigError(f"{where}: {name} is read and not written; write .jsonl" + ", or .txt" * (not read.is_table and not label))
    if format_.head is not None and name != read.name:
        raise ConfigError(f"{where}: {name} is written only where {name} is read, and {job.source.path} is not; write .jsonl")
    if not format_.is_compressible and (job.target is None or is_special(job.target)):
        raise ConfigError(f"{where}: {name} needs a file; name one with -o, or add --to jsonl")
    if not read.is_compressible and job.source.path == STDIN:
        raise ConfigError(f"{read.name} cannot be read from standard input; name a file")
    if metadata and name != "jsonl":
        raise ConfigError(f"{where}: {name} has no room for metadata; add --to jsonl")
    if format_.is_table:
        return
    if label:
        raise ConfigError(f"{where}: {name} has no room for verdicts; write .jsonl")
    if read.is_table:
        raise ConfigError(f"{where}: {name} holds one document, {job.source.path} may hold many; write .jsonl")


def _check_shared(jobs: Sequence[Job], output: str | None) -> None:
    """Refuse to write several texts into one file.

    Raises:
        ConfigError: they would be.
    """
    if output is None or is_special(output) or sum(job.target == output for job in jobs) < 2:
        return
    if (format_ := jobs[0].packing.format).head is not None:
        problem = f"a {format_.name} file has the columns of one input, there are {len(jobs)}"
        raise ConfigError(f"{output}: {problem}; name a folder, or a .jsonl file")
    if format_.is_table:
        return
    raise ConfigError(f"{output}: a text file holds one document, there are {len(jobs)}; name a folder, or a .jsonl file")


def _check_distinct(paths: Iterable[str | None]) -> None:
    """Refuse one file for two purposes.

    Raises:
        ConfigError: two paths are the same.
    """
    named = [os.path.abspath(path) for path in paths if path is not None]
    if len(set(named)) < len(named):
        raise ConfigError(f"{Counter(named).most_common(1)[0][0]}: two results would be written here; give each its own file")


def _check_inputs_survive(sources: Iterable[Source], targets: Iterable[str | None]) -> None:
    """Refuse to write over what is read, under whatever name.

    Raises:
        ConfigError: a target is an input.
    """
    existing = [target for target in targets if target is not None and os.path.isfile(target)]
    if not existing:
        return
    inputs = {_identity(source.path) for source in sources if os.path.isfile(source.path)}
    for target in existing:
        if _identity(target) in inputs:
            raise ConfigError(f"{target}: is an input, and inputs are never overwritten; name another output")


def _identity(path: str) -> tuple[int, int]:
    status = os.stat(path)
    return status.st_dev, status.st_ino
