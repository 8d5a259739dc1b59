"""Spark, with two Python workers: the command line's results, failures in their rows, killed workers replaced."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cleaner import ConfigError
from cleaner.stages.stage import Stage
from tests.stages.conftest import Rows

pytest.importorskip("pyspark", reason="pyspark is not installed: cleaner[spark]")
if not (shutil.which("java") or "JAVA_HOME" in os.environ):
    pytest.skip("Spark needs Java, and none is installed", allow_module_level=True)
from pyspark.sql import SparkSession

from cleaner.stages.arrow import clean_batch
from cleaner.stages.spark import clean_batches, clean_dataframe

ROOT = Path(__file__).parents[2]
SCHEMA = "id string, text string, html string, url string, weight double"
pytestmark = pytest.mark.filterwarnings("ignore")  # Spark's own


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """Two workers that may die, on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("PYTHONPATH", str(ROOT))
        builder = SparkSession.builder.master("local[2, 4]").config("spark.ui.enabled", "false")
        builder = builder.config("spark.driver.memory", "512m").config("spark.sql.execution.arrow.maxRecordsPerBatch", "32")
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        yield session
        session.stop()


def frame_of(spark: Any, rows: Rows) -> Any:
    return spark.createDataFrame([tuple(row.values()) for row in rows], SCHEMA).repartition(4, "id")


def test_texts_are_those_of_the_command_line(spark: Any, documents: Rows, cleaned: dict[str, str]) -> None:
    rows = clean_dataframe(frame_of(spark, documents)).collect()
    assert {row.id: row.text for row in rows} == cleaned
    others = {row["id"]: (row["html"], row["weight"], None) for row in documents}
    assert {row.id: (row.html, row.weight, row.error) for row in rows} == others


def test_verdicts_are_those_of_the_command_line(spark: Any, documents: Rows, labelled: dict[str, tuple[str, Rows]]) -> None:
    rows = clean_dataframe(frame_of(spark, documents), Stage(label=True)).collect()
    assert {row.id: (row.text, [paragraph.asDict() for paragraph in row.paragraphs]) for row in rows} == labelled


def test_both_workers_work(spark: Any, documents: Rows) -> None:
    def with_worker(batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa

        for batch in clean_batches()(batches):
            yield pa.RecordBatch.from_pydict({"worker": [os.getpid()] * batch.num_rows})

    assert len({row.worker for row in frame_of(spark, documents).mapInArrow(with_worker, "worker long").collect()}) == 2


def test_a_poisoned_row_fails_alone(spark: Any, poisoned: Rows, cleaned: dict[str, str]) -> None:
    rows = {row.id: row for row in clean_dataframe(frame_of(spark, poisoned)).collect()}
    assert rows.pop("poison").error == "'text' is empty (null)"
    assert {id_: row.error for id_, row in rows.items()} == {row["id"]: None for row in poisoned if row["id"] != "poison"}


def test_a_killed_worker_costs_nothing(spark: Any, documents: Rows, cleaned: dict[str, str], tmp_path: Path) -> None:
    killed = str(tmp_path / "killed")

    def kill_once(batches: Iterable[Any]) -> Iterator[Any]:
        for batch in batches:
            if "d100" in batch.column("id").to_pylist() and not os.path.exists(killed):
                open(killed, "w").close()
                os.kill(os.getpid(), signal.SIGKILL)
            yield clean_batch(batch)

    frame = frame_of(spark, documents)
    schema = clean_dataframe(frame).schema
    assert {row.id: row.text for row in frame.mapInArrow(kill_once, schema).collect()} == cleaned
    assert os.path.exists(killed)


def test_a_frame_without_texts_is_refused_before_the_job(spark: Any) -> None:
    with pytest.raises(ConfigError, match="no column 'text'"):
        clean_dataframe(spark.range(3))


def test_no_rows_give_no_rows(spark: Any) -> None:
    frame = clean_dataframe(spark.createDataFrame([], SCHEMA))
    assert (frame.collect(), frame.columns[-1]) == ([], "error")
