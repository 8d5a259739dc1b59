"""`cleaner train` from end to end: labels of users → a model of their own, and whether it may take the place of another."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from cleaner.classify.bundle import CARD, DEFAULT, MANIFEST, METRICS, WEIGHTS, Bundle, load_bundle, models_folder, save_bundle
from cleaner.classify.model import Model
from cleaner.errors import BundleError, GoldError
from cleaner.train.adapt import Adapted, Adapter, Adapting, Passes, adapt
from cleaner.train.build import build_bundle
from cleaner.train.compare import Judged, compare, judged_at
from cleaner.train.dataset import Dataset, build_dataset
from cleaner.train.evaluate import words_kept
from cleaner.train.fit import Recipe
from cleaner.train.gold import UNLABELLED, digest, read_seeds
from cleaner.train.labelled import Labelled, check_splits, read_labelled, text_digest

PREVIOUS = "previous"
FILES = (MANIFEST, WEIGHTS, METRICS, CARD)
# The passes over markup have learnt from thousands of pages; a few labels say too little about elements and classes.
PAGES_BY_TEXT = "{n:,} of the documents are web pages: learnt and judged by their text; what the model knows of markup stays as it was."
WEIGHTS_DIGEST = "weights_sha256"
Advance = Callable[[int, int], None]
_TOLERANCE = 1e-4  # of a share of words: figures are rounded so


@dataclass(frozen=True, slots=True)
class Training:
    """What to train.

    Attributes:
        labels: label files.
        output: folder of the new model.
        base: name or folder of the model to start from.
        seeds: the project's labelled documents: replayed when adapting, part of the data from scratch.
        from_scratch: fit everything anew on seeds and labels, instead of adapting.
        n_jobs: processes, from scratch.
        label_format: of all label files; None goes by names and contents.
    """

    labels: Sequence[Path]
    output: Path
    base: str = DEFAULT
    seeds: Path | None = None
    from_scratch: bool = False
    n_jobs: int = 1
    label_format: str | None = None


def seeds_folder() -> Path:
    """Where the project's labelled documents lie: inside the installed package, or beside it in a checkout."""
    packed = Path(str(resources.files("cleaner"))) / "seeds"
    return packed if packed.is_dir() else packed.parent.parent / "seeds"


def train(task: Training, advance: Advance = lambda done, of: None) -> dict[str, Any]:
    """Train a model on labels and write its bundle; the same files give the same bytes.

    Args:
        task: what to train.
        advance: told after each step how many of how many are done.

    Returns:
        What `compare` says of the base and of the new model, both on documents that neither has seen; `elsewhere` has the kept
        article words of both on the replayed documents. From scratch, the figures of `metrics.json` under `scratch`.

    Raises:
        GoldError: labels are malformed, too few, or in two splits.
        BundleError: the base cannot be used, or the output is a folder that holds something else.
    """
    _check_output(task.output)
    bundle = load_bundle(task.base)
    model = Model.of(bundle)
    labelled = read_labelled(task.labels, model, task.label_format)
    _, written, examples = read_seeds(task.seeds or seeds_folder())
    check_splits(labelled.documents, examples)
    if task.from_scratch:
        metrics = build_bundle(task.output, model.scheme, [*written, *examples, *labelled.documents], Recipe(), task.n_jobs)
        return {"scratch": metrics}
    known = {text_digest(gold.text) for gold in labelled.documents}
    replayed = [gold for gold in written if text_digest(gold.text) not in known]
    dataset = build_dataset([*labelled.documents, *replayed])
    is_new = dataset.document < len(labelled.documents)
    _check_kinds(dataset, is_new)
    settings = Adapting()
    adapter = Adapter(Passes(model.paragraph, model.sequence), dataset, is_new, ~is_new, model.scheme, settings)
    adapted = adapt(adapter, model.decisions, advance)
    comparison = _comparison(dataset, labelled, model, adapter, adapted)
    manifest = {
        **{name: value for name, value in bundle.manifest.items() if name not in {"sha256", WEIGHTS_DIGEST, "format"}},
        **adapted.decisions.manifest(),
        "gold_sha256": digest(labelled.documents),
        "adapted_from": bundle.manifest[WEIGHTS_DIGEST],
        "adapting": asdict(settings),
        "trained_on": sorted({*bundle.manifest.get("trained_on", []), *known}),
    }
    arrays = {**bundle.arrays, **adapted.passes.paragraph.arrays(), **adapted.passes.sequence.arrays("sequence")}
    metrics = {"adapted": {name: value for name, value in comparison.items() if name != "models"} | {"models": _slim(comparison)}}
    save_bundle(task.output, manifest, arrays, metrics, _card(task.output.name, bundle, comparison))
    return comparison


def loses_more(comparison: Mapping[str, Any]) -> str | None:
    """Why the last model of a comparison should not take the place of the first; None where nothing speaks against it."""
    if "scratch" in comparison:
        return "it was not compared with the model that it would replace; run 'cleaner evaluate' with both"
    first, last = (comparison["models"][i]["figures"]["article_words_kept"]["value"] for i in (0, -1))
    pairs = {"the labelled documents": [first, last]}
    pairs |= {"the project's documents": comparison["elsewhere"]} if "elsewhere" in comparison else {}
    for where, (before, after) in pairs.items():
        if after < before - _TOLERANCE:
            return f"on {where} it keeps {after:.2%} of the article words, the model before {before:.2%}"
    return (
        None if comparison.get("is_held_out", True) else "its labels come from too few sites to judge it on documents that it has not seen"
    )


def install(path: Path, force: bool = False) -> Path:
    """Make a model the default one; the one before stays as `previous`.

    Args:
        path: folder of the new model.
        force: install it even if it loses more article words, or if nobody has compared the two.

    Returns:
        Where it lies now.

    Raises:
        BundleError: it cannot be used, or loses more article words than the one that it would replace.
    """
    bundle, current = load_bundle(path), load_bundle(DEFAULT)
    Model.of(bundle)
    reason = _objection(bundle, current)
    if reason is not None and not force:
        raise BundleError(f"{path}: not installed: {reason}; --force installs it all the same")
    folder = models_folder()
    fresh, old, default = folder / f".{DEFAULT}.new", folder / PREVIOUS, folder / DEFAULT
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    for name in FILES:  # and nothing else that lies, or that a link leads to, in a folder of somebody else's
        if (bundle.path / name).is_file():
            shutil.copyfile(bundle.path / name, fresh / name)
    shutil.rmtree(old, ignore_errors=True)
    os.rename(default, old)
    os.rename(fresh, default)
    return default


def _objection(bundle: Bundle, current: Bundle) -> str | None:
    if bundle.manifest.get("adapted_from") != current.manifest[WEIGHTS_DIGEST]:
        return "it was not adapted from the default model, so nobody knows which of the two loses more"
    try:
        return loses_more(bundle.metrics()["adapted"])
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise BundleError(f"{bundle.path / METRICS}: no comparison in it ({error!r}); train the model again") from error


def _comparison(dataset: Dataset, labelled: Labelled, model: Model, adapter: Adapter, adapted: Adapted) -> dict[str, Any]:
    """The base and the adapted model on the labels, and how many article words they keep of what is replayed."""
    before_all = adapter.base.probabilities(dataset, model.scheme)
    both = [
        judged_at("before", before_all, model.decisions, dataset, model.scheme),
        judged_at("adapted", adapted.probabilities, adapted.decisions, dataset, model.scheme),
    ]
    n = len(labelled.documents)
    on_labels = [Judged(one.name, one.lines.where(one.lines.document < n), one.threshold) for one in both]
    elsewhere = [_kept(one, one.lines.document >= n) for one in both]
    return {**compare(labelled, on_labels, model.scheme), "elsewhere": elsewhere, "is_held_out": adapted.is_held_out}


def _kept(judged: Judged, rows: np.ndarray) -> float:
    return round(words_kept(judged.lines.where(rows))[0], 4)


def _check_output(output: Path) -> None:
    if output.exists() and not (output.is_dir() and ((output / MANIFEST).is_file() or not any(output.iterdir()))):
        raise BundleError(f"{output}: is there and holds no model; name a new folder")


def _check_kinds(dataset: Dataset, is_new: np.ndarray) -> None:
    """Labels need paragraphs to belong to.

    Raises:
        GoldError: there are none.
    """
    if not (is_new & (dataset.kinds != UNLABELLED)).any():
        raise GoldError("labels: none of the spans covers a paragraph; spans count code points of the document's text")


def _slim(comparison: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a bundle keeps of the comparison: figures, no text of anybody's documents."""
    return [{name: one[name] for name in ("name", "threshold", "figures", "calibration_error")} for one in comparison["models"]]


def _card(name: str, base: Bundle, comparison: Mapping[str, Any]) -> str:
    """The card of an adapted model, Markdown."""
    rows = ("macro_f1", "article_words_kept", "noise_words_removed")
    before, after = comparison["models"]
    table = (
        f"| {row.replace('_', ' ')} | {before['figures'][row]['value']:.4f} | {after['figures'][row]['value']:.4f} "
        f"({after['figures'][row]['interval'][0]:.4f} to {after['figures'][row]['interval'][1]:.4f}) |"
        for row in rows
    )
    how = "by models that had not seen their site" if comparison["is_held_out"] else "by the model that had learnt them: expect less"
    kept = comparison["elsewhere"]
    last = f"Article words kept of the replayed documents, which the base has learnt: {kept[0]:.4f} before, {kept[1]:.4f} after."
    return "\n".join(chain(_head(name, base, comparison, how), table, ["", last, ""]))


def _head(name: str, base: Bundle, comparison: Mapping[str, Any], how: str) -> Iterator[str]:
    yield f"# Model card: {name}"
    yield ""
    yield f"Adapted by `cleaner train` from `{base.name}` (weights `{base.manifest[WEIGHTS_DIGEST][:12]}`)"
    yield f"to {comparison['lines']:,} labelled paragraphs of {comparison['documents']:,} documents from {comparison['sites']:,} sites."
    yield "Intended use, limits and licence are those of the base."
    if comparison["pages"]:
        yield PAGES_BY_TEXT.format(n=comparison["pages"])
    yield ""
    yield f"## Quality on these documents, judged {how}"
    yield ""
    yield "| figure | before | adapted (95% interval) |"
    yield "|---|---|---|"
