"""Ray Data: `CleanBatches`, a callable class for `map_batches`; each actor loads the model once."""

from __future__ import annotations

from typing import Any

from cleaner.stages.arrow import clean_table
from cleaner.stages.extras import extra
from cleaner.stages.stage import PLAIN, Stage

with extra("ray"):
    import pyarrow as pa
    import ray

BATCH_ROWS = 1024  # some MB of articles: worth the way to an actor


class CleanBatches:
    """Cleans the blocks of a dataset.

    Args:
        stage: what to do. `Stage.model` has to be a folder that every node can read, or the name of a model that is installed there.

    Example:
        >>> import ray
        >>> context = ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        >>> ray.data.DataContext.get_current().enable_progress_bars = False
        >>> dataset = ray.data.from_items([{"id": 1, "text": "The harbour froze over in January."}])
        >>> dataset.map_batches(CleanBatches, **CleanBatches.options(actors=1)).take_all()
        [{'id': 1, 'text': 'The harbour froze over in January.', 'error': None}]
        >>> ray.shutdown()
    """

    def __init__(self, stage: Stage = PLAIN) -> None:
        self.stage = stage
        stage.load()

    def __call__(self, table: pa.Table) -> pa.Table:
        """Clean a block; see `clean_batch`."""
        return clean_table(table, self.stage)

    @staticmethod
    def options(stage: Stage = PLAIN, actors: int | tuple[int, int] = 2) -> dict[str, Any]:
        """What `map_batches` needs besides this class.

        Args:
            stage: what to do.
            actors: the most of them, or the least and the most. Each takes one processor and some 250 MB. Those that there are at
                least have to leave a processor to Ray's own tasks, such as reading files: where none is left, all wait forever.
        """
        least, most = (1, actors) if isinstance(actors, int) else actors
        return {
            "fn_constructor_kwargs": {"stage": stage},
            "batch_format": "pyarrow",
            "batch_size": BATCH_ROWS,
            "zero_copy_batch": True,
            "compute": ray.data.ActorPoolStrategy(min_size=least, max_size=most),
            "num_cpus": 1,
        }
