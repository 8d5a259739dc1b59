"""Spark: `clean_dataframe`, a transformation of data frames; Arrow batches go to Python workers and come back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from cleaner.stages.arrow import clean_batch, output_schema
from cleaner.stages.extras import extra
from cleaner.stages.stage import PLAIN, Stage

with extra("spark"):
    import pyarrow as pa
    from pyspark.sql import DataFrame
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema


def clean_dataframe(frame: DataFrame, stage: Stage = PLAIN) -> DataFrame:
    """Clean the documents of a data frame.

    Nothing is shuffled: partitions and their order stay. Every Python worker loads the model once; let Spark keep them
    (`spark.python.worker.reuse`, its default).

    Args:
        frame: rows with a column of texts, of pages, or both; see `clean_batch`.
        stage: what to do. `Stage.model` has to be a folder that the executors can read, or the name of a model that is installed there.

    Returns:
        The same rows, lazily; failed ones say why in the column `error`.

    Raises:
        ConfigError: a setting is wrong, or there is no column to read; before any job starts.

    Example:
        >>> from pyspark.sql import SparkSession
        >>> spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
        >>> frame = spark.createDataFrame([(1, "The harbour froze over in January.")], "id int, text string")
        >>> clean_dataframe(frame).show(truncate=False)
        +---+----------------------------------+-----+
        |id |text                              |error|
        +---+----------------------------------+-----+
        |1  |The harbour froze over in January.|NULL |
        +---+----------------------------------+-----+
        <BLANKLINE>
        >>> spark.stop()
    """
    schema = from_arrow_schema(output_schema(to_arrow_schema(frame.schema), stage))
    return frame.mapInArrow(clean_batches(stage), schema)


def clean_batches(stage: Stage = PLAIN) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What `mapInArrow` calls: batches in, batches out."""

    def clean(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield clean_batch(batch, stage)

    return clean
