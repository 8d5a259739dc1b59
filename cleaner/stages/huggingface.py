"""Hugging Face datasets: `CleanDataset`, a function for `.map(batched=True)` whose fingerprint is the same in every process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import cleaner
from cleaner.config import Config
from cleaner.stages.arrow import clean_rows, clean_table, output_schema
from cleaner.stages.extras import extra
from cleaner.stages.stage import PLAIN, Stage

with extra("datasets"):
    import pyarrow as pa
    from datasets import Features


class CleanDataset:
    """Cleans the batches of a dataset; for datasets in the format `arrow` without a detour by Python objects.

    Its fingerprint, by which `.map` finds results that it has made before, depends on the settings, on the digest of the model and on
    the version of this package, and on nothing else.

    Args:
        stage: what to do.

    Example:
        >>> from datasets import Dataset
        >>> dataset = Dataset.from_dict({"id": [1], "text": ["The harbour froze over in January."]})
        >>> dataset.with_format("arrow").map(CleanDataset(), batched=True).with_format(None)[0]
        {'id': 1, 'text': 'The harbour froze over in January.', 'error': None}
    """

    def __init__(self, stage: Stage = PLAIN) -> None:
        self.stage = stage

    def __call__(self, batch: Mapping[str, list[Any]] | pa.Table) -> dict[str, list[Any]] | pa.Table:
        """Clean a batch: a table, whose other columns stay, or lists by name, of which only the new and changed ones are returned."""
        if isinstance(batch, pa.Table):
            return clean_table(batch, self.stage)
        names = [name for name in (self.stage.text_field, "html", "url") if name in batch]
        rows = clean_rows((dict(zip(names, row, strict=True)) for row in zip(*(batch[name] for name in names), strict=True)), self.stage)
        return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}

    def features(self, features: Features) -> Features:
        """The features of the result, for `.map(..., features=...)`.

        Datasets in another format than `arrow` need them: their types are guessed from the first batch, in which hardly a row fails.
        """
        return Features.from_arrow_schema(output_schema(features.arrow_schema.remove_metadata(), self.stage))

    def __reduce__(self) -> tuple[Callable[..., CleanDataset], tuple[Any, ...]]:
        """Pickle by plain values in a fixed order: sets would come in another one in every process."""
        settings = asdict(self.stage)
        config = sorted((name, sorted(value) if isinstance(value, frozenset) else value) for name, value in settings.pop("config").items())
        digest = self.stage.load().bundle.manifest["sha256"]
        return _made, (sorted(settings.items()), config, digest, cleaner.__version__)


def _made(settings: list[tuple[str, Any]], config: list[tuple[str, Any]], _digest: str, _version: str) -> CleanDataset:
    sets: dict[str, Any] = {name: frozenset(value) if isinstance(value, list) else value for name, value in config}
    return CleanDataset(Stage(config=Config(**sets), **dict(settings)))
