"""Where a run stands, on disk: written as it goes, so that another one can go on after whatever ended it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cleaner.errors import CleanerError, ConfigError
from cleaner.runs.outputs import Finished, told, unfinished_name
from cleaner.runs.plan import Plan

FORMAT = 1
CHECKPOINT_SECONDS = 5.0  # work that a kill may cost; writing the state more often would cost more than it saves


@dataclass(frozen=True, slots=True)
class State:
    """A run between two chunks.

    Attributes:
        job: number of the file to go on with.
        block: how many of its blocks are done.
        target: see `Target.to_json`.
        errors: length of the file of skipped documents, None where it has not been begun.
        removed: the same of the dropped paragraphs.
        finished: whole files that may not have their names yet.
        tally: see `Tally.to_json`.
        summary: see `Summary.to_json`; None without a report.
        seconds: how long it has worked.
        is_complete: whether nothing is missing but names.
    """

    job: int
    block: int
    target: Mapping[str, Any]
    errors: int | None
    removed: int | None
    finished: tuple[Finished, ...]
    tally: Mapping[str, Any]
    summary: Mapping[str, Any] | None
    seconds: float
    is_complete: bool = False


def fingerprint(plan: Plan) -> dict[str, str]:
    """What the results of a run depend on, each part by the name that a message gives it."""
    from cleaner import __version__

    inputs, layout = hashlib.sha256(), hashlib.sha256()
    for job in plan.jobs:
        inputs.update(json.dumps([os.path.abspath(job.source.path), job.source.status]).encode())
        layout.update(json.dumps([job.source.packing.ending, job.target, job.packing.ending]).encode())
    settings = plan.settings
    reading = settings.reading
    options = {
        "label": plan.label,
        "sidecar": plan.sidecar,
        "removed": plan.removed,
        "report": plan.report,
        "text_field": reading.text_field,
        "id_field": reading.id_field,
        "max_document_bytes": reading.max_document_bytes,
        "block_bytes": reading.block_bytes,
        "max_seconds": settings.max_seconds,
        "max_expansion": settings.max_expansion,
        "marker": settings.marker,
        "layout": layout.hexdigest(),
    }
    return {"inputs": inputs.hexdigest(), "options": json.dumps(options, sort_keys=True), "version": __version__, **settings.engine}


def load(path: str, plan: Plan) -> State | None:
    """The state of an unfinished run, if it is one of this plan and is wanted.

    Args:
        path: its file.
        plan: what is to be done now.

    Returns:
        The state to go on from; None for a fresh start, in which case nothing of an unfinished run is left.

    Raises:
        ConfigError: there is an unfinished run, and nobody said what to do with it; or it is another one.
        CleanerError: the file cannot be read.
    """
    if not os.path.exists(path):
        return None
    if plan.settings.resume is None:
        raise ConfigError(f"{path}: an unfinished run of this output; go on with --resume, or drop it with --no-resume")
    try:
        with open(path, "rb") as file:
            stored = json.load(file)
        if stored["format"] != FORMAT:
            raise ValueError(f"format {stored['format']}, expected {FORMAT}")
        state = _state(stored["state"])
        before = dict(stored["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        if not plan.settings.resume:
            clear(path)
            return None
        raise CleanerError(f"{path}: the state of the unfinished run cannot be read: {error}; start over with --no-resume") from error
    if not plan.settings.resume:
        _drop(state, plan)
        clear(path)
        return None
    now = fingerprint(plan)
    if differing := [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]:
        which = " and ".join(f"the {name}" for name in differing)
        problem = f"cannot go on, {which} changed since the unfinished run began"
        raise ConfigError(f"{path}: {problem}; put that back, or start over with --no-resume")
    return state


def _state(stored: Mapping[str, Any]) -> State:
    return State(**{**stored, "finished": tuple(Finished(*row) for row in stored["finished"])})


def _drop(state: State, plan: Plan) -> None:
    """Publish what an unfinished run completed, and remove the rest of it."""
    for file in state.finished:
        file.publish()
    for path in (state.target["path"], plan.errors, plan.removed):
        if path is not None:
            with suppress(OSError):
                os.remove(unfinished_name(os.path.realpath(path)))


def save(path: str, identity: Mapping[str, str], state: State) -> None:
    """Replace the state on disk, in one step.

    Args:
        path: its file.
        identity: the fingerprint of the run.
        state: where it stands.

    Raises:
        CleanerError: it cannot be written.
    """
    stored = {field: getattr(state, field) for field in State.__slots__}
    stored["finished"] = [[file.path, file.unfinished, file.goal, file.scrap] for file in state.finished]
    data = json.dumps({"format": FORMAT, "fingerprint": identity, "state": stored}).encode()
    fresh = f"{path}.part"
    with told(path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with open(fresh, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)


def clear(path: str) -> None:
    """Remove the state: the run is complete, or nobody wants it."""
    for name in (path, f"{path}.part"):
        with suppress(FileNotFoundError):
            os.remove(name)
