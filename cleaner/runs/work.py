"""What is done to a chunk, in whatever process: parse, judge, write into memory, count."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from cleaner.assemble import gaps
from cleaner.errors import CleanerError, DocumentError
from cleaner.formats import Document, Entry, Writer
from cleaner.formats.jsonl import encode, row
from cleaner.formats.plain import Stored
from cleaner.formats.sidecar import Writer as Sidecar
from cleaner.formats.streams import compressed
from cleaner.records import Page, Result
from cleaner.runs.chunks import Chunk, Part
from cleaner.runs.plan import Job, Plan, is_special
from cleaner.runs.reading import parsed
from cleaner.runs.report import Tally
from cleaner.runs.summary import Summary
from cleaner.runs.timer import Late, at_most

MARKDOWN = "md"  # the format in which pages keep their headings, lists and tables

logger = logging.getLogger(__name__)


class Engine(Protocol):
    """What a run needs of a `Cleaner`."""

    def clean_many(self, documents: Iterable[str | Page], /) -> Iterator[Result]:
        """Judge texts and pages, lazily and in order."""


@dataclass(slots=True)
class Piece:
    """What a chunk adds to one target.

    Attributes:
        job: number of the file that it comes from, the last of them where several go to the target.
        data: bytes to append, compressed where the target is.
        n_entries: documents met, readable or not.
        n_documents: documents written.
        removed: for each row of dropped paragraphs, the number of its document in this piece and the rest of the row.
        closes: whether the target is complete with it.
    """

    job: int
    data: bytes = b""
    n_entries: int = 0
    n_documents: int = 0
    removed: list[tuple[int, str]] = field(default_factory=list)
    closes: bool = False


@dataclass(slots=True)
class Done:
    """What came of a chunk: pieces in order, documents left out, and counts."""

    pieces: list[Piece] = field(default_factory=list)
    errors: list[DocumentError] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    summary: Summary | None = None


@dataclass(frozen=True, slots=True)
class Care:
    """How carefully to work.

    Attributes:
        fatal: problems of documents that have cost a process its life, by their number in the chunk.
        begun: told the number of each document that is judged alone, before it is.
        is_needed: whether to judge every document alone.
    """

    fatal: Mapping[int, str] = field(default_factory=dict)
    begun: Callable[[int], None] = lambda number: None
    is_needed: bool = False


def process(engine: Engine, plan: Plan, chunk: Chunk, care: Care = Care()) -> Done:
    """Parse, judge and write the documents of a chunk.

    Args:
        engine: judges the documents.
        plan: where they go and what is wanted of them.
        chunk: the work.
        care: how carefully.

    Returns:
        Everything that is to be written; a document that cannot be judged is an error in it.
    """
    done = Done(summary=Summary() if plan.report is not None else None)
    found = [(part, entry) for part in chunk.parts for entry in _entries(part, plan)]
    documents = [entry for _, entry in found if isinstance(entry, Document)]
    judged = iter(judge(engine, documents, plan.settings.max_seconds, care))
    bench = _Bench(plan, done)
    at = 0
    for part in chunk.parts:
        bench.begin(part)
        while at < len(found) and found[at][0] is part:
            entry = found[at][1]
            bench.take(entry, next(judged) if isinstance(entry, Document) else entry)
            at += 1
    bench.end()
    return done


def _entries(part: Part, plan: Plan) -> Iterator[Entry]:
    """The documents of a part, and an error for each one that has to be skipped."""
    block, source = part.block, plan.jobs[part.job].source
    if block is None:
        return
    try:
        yield from parsed(block, source, plan.settings.reading)
    except CleanerError:
        raise
    except Exception as error:  # damage that nobody thought of costs the rest of a block, not the run
        logger.debug("%s:%d: a block cannot be parsed", source.path, block.first, exc_info=True)
        yield DocumentError(f"{source.path}:{block.first}", f"cannot be parsed to the end of its block: {type(error).__name__}: {error}")


def judge(engine: Engine, documents: list[Document], max_seconds: float, care: Care = Care()) -> Iterable[Result | DocumentError]:
    """The result of each document, or why there is none.

    Args:
        engine: judges the documents.
        documents: some of them, together no more than a few batches: all results are held at once.
        max_seconds: see `at_most`.
        care: how carefully.
    """
    if not care.is_needed:
        try:
            with at_most(max_seconds):
                return list(engine.clean_many(document.content for document in documents))
        except (Late, DocumentError):
            pass  # one of them is too much; or all together are, on a busy machine
        except CleanerError:
            raise  # a setting or the model
        except Exception:  # a bug of ours or of a library costs the document that shows it, not the run
            logger.debug("a batch failed, its documents are judged one by one", exc_info=True)
    return _one_by_one(engine, documents, max_seconds, care)


def _one_by_one(engine: Engine, documents: list[Document], max_seconds: float, care: Care) -> Iterator[Result | DocumentError]:
    for number, document in enumerate(documents):
        if (problem := care.fatal.get(number)) is not None:
            yield DocumentError(document.id, problem)
            continue
        care.begun(number)
        try:
            with at_most(max_seconds):
                result = next(iter(engine.clean_many([document.content])))
        except Late:
            yield DocumentError(document.id, f"judging it took more than {max_seconds:g} s; raise --max-document-seconds to wait for it")
        except DocumentError as error:
            yield DocumentError(document.id, error.problem)
        except CleanerError:
            raise
        except Exception as error:
            logger.debug("%s: cannot be judged", document.id, exc_info=True)
            yield DocumentError(document.id, f"cannot be judged: {type(error).__name__}: {error}")
        else:
            yield result


class _Bench:
    """Writes the documents of a chunk into pieces, one a target."""

    def __init__(self, plan: Plan, done: Done) -> None:
        self._plan = plan
        self._done = done
        self._piece: Piece | None = None
        self._job: Job | None = None
        self._stream = io.BytesIO()
        self._writer: Writer | None = None

    def begin(self, part: Part) -> None:
        """Go on with a part: the same piece where it goes to the same target."""
        job, plan = self._plan.jobs[part.job], self._plan
        is_same = self._job is not None and self._job.target == job.target and not self._is_closed()
        if self._piece is None or not is_same or (plan.with_headers and self._piece.job != part.job):
            self.end()
            self._piece = Piece(part.job)
            self._done.pieces.append(self._piece)
            self._stream = io.BytesIO()
            make = job.packing.format.writer
            self._writer = make(self._stream) if make is not None else None
        self._job, self._piece.job = job, part.job
        self._piece.closes |= part.closes
        head = job.packing.format.head
        if part.is_first and head is not None and part.block is not None:
            self._stream.write(head(part.block, plan.settings.reading, plan.label))

    def _is_closed(self) -> bool:
        return self._piece is not None and self._piece.closes

    def take(self, entry: Entry, result: Result | DocumentError) -> None:
        """Write a document and count it, or name it."""
        piece, writer, done = self._piece, self._writer, self._done
        assert piece is not None, "parts begin before their documents come"
        piece.n_entries += 1
        if isinstance(entry, DocumentError) or isinstance(result, DocumentError):
            error = entry if isinstance(entry, DocumentError) else result
            assert isinstance(error, DocumentError)
            done.errors.append(error)
            done.tally.skipped += 1
            if isinstance(writer, Sidecar):
                writer.skip(error)
            return
        assert writer is not None, "the plan refuses formats without one"
        is_page = isinstance(entry.content, Page)
        metadata = result.metadata if is_page and self._plan.settings.metadata else None
        if self._plan.label:
            writer.write(entry, result.source, result.paragraphs, metadata)
        elif is_page and self._job is not None and self._job.packing.format.name == MARKDOWN:
            writer.write(entry, result.markdown)
        else:
            writer.write(entry, result.text, metadata=metadata)
        done.tally.add(result.source, result.verdicts)
        if self._plan.removed is not None:
            piece.removed += [(piece.n_documents, line) for line in removed_rows(entry, result, self._plan.settings.marker)]
        if done.summary is not None:
            done.summary.add(entry, result)
        piece.n_documents += 1

    def end(self) -> None:
        """Complete the piece that is open."""
        if self._piece is None or self._job is None or self._writer is None:
            return
        self._writer.finish()
        data = self._stream.getvalue()
        # Standard output, devices and pipes are one compressed stream, which only the process that writes them can make.
        if self._job.packing.compression is not None and data and self._job.target is not None and not is_special(self._job.target):
            packed = io.BytesIO()
            with compressed(packed, self._job.packing.compression, is_draft=True) as stream:
                stream.write(data)
            data = packed.getvalue()
        self._piece.data = data
        self._piece = None


def removed_rows(document: Document, result: Result, marker: str | None) -> Iterator[str]:
    """The rows of a document's dropped paragraphs, without their beginning; also how its bytes differ from its text."""
    stored = document.record
    if isinstance(stored, Stored):
        nothing = {"start": 0, "end": 0, "label": None, "kind": None, "score": None, "reason": "encoding", "text": ""}
        how = {"encoding": stored.encoding, "mark": stored.mark.hex(), "exact": stored.is_exact}
        yield encode({"document": document.id, **nothing, **how})[1:]
    if result.verdicts.keep.all():
        return
    source, paragraphs = result.source, result.paragraphs
    starts = [*result.verdicts.starts.tolist(), len(source)]
    ends = [0, *result.verdicts.ends.tolist()]
    for gap in gaps(source, result.verdicts, marker):
        for i in range(gap.first, gap.last):
            around = {"before": source[ends[i] : starts[i]], "after": source[ends[i + 1] : starts[i + 1]], "cleaned": [gap.start, gap.end]}
            yield encode({"document": document.id, **row(paragraphs[i]), "text": source[starts[i] : ends[i + 1]], **around})[1:]
