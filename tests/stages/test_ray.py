"""Ray Data, with two actors: the command line's results, failures in their rows, killed actors replaced."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cleaner.stages.stage import Stage
from tests.stages.conftest import Rows

ray = pytest.importorskip("ray", reason="ray is not installed: cleaner[ray]")
pa = pytest.importorskip("pyarrow")
pytest.importorskip("ray.data", reason="ray[data] is not installed: cleaner[ray]")
from cleaner.stages.ray import CleanBatches

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's own


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    """A processor for each of two actors and one for Ray's own tasks, on this machine."""
    environment = {"env_vars": {"PYTHONPATH": str(ROOT), "RAY_memory_monitor_refresh_ms": "0"}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_memory_monitor_refresh_ms", "0")
        quiet = {"include_dashboard": False, "log_to_driver": False, "logging_level": "ERROR"}
        ray.init(num_cpus=3, object_store_memory=2**27, runtime_env=environment, **quiet)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.wait_for_min_actors_s = 120  # else the first that is there may have done all before the second comes
    yield
    ray.shutdown()


def dataset_of(rows: Rows) -> Any:
    return ray.data.from_arrow(pa.Table.from_pylist(rows)).repartition(4)


def test_texts_are_those_of_the_command_line_and_both_actors_work(documents: Rows, cleaned: dict[str, str]) -> None:
    class Watched(CleanBatches):
        def __call__(self, table: Any) -> Any:
            return super().__call__(table).append_column("actor", pa.array([os.getpid()] * table.num_rows))

    options = CleanBatches.options(actors=(2, 2)) | {"batch_size": 16}
    rows = dataset_of(documents).map_batches(Watched, **options).take_all()
    assert {row["id"]: row["text"] for row in rows} == cleaned
    assert {row["id"]: (row["html"], row["weight"]) for row in rows} == {row["id"]: (row["html"], row["weight"]) for row in documents}
    assert len({row["actor"] for row in rows}) == 2


def test_verdicts_are_those_of_the_command_line(documents: Rows, labelled: dict[str, tuple[str, Rows]]) -> None:
    rows = dataset_of(documents).map_batches(CleanBatches, **CleanBatches.options(Stage(label=True))).take_all()
    assert {row["id"]: (row["text"], list(row["paragraphs"])) for row in rows} == labelled


def test_a_poisoned_row_fails_alone(poisoned: Rows) -> None:
    rows = dataset_of(poisoned).map_batches(CleanBatches, **CleanBatches.options()).take_all()
    assert {row["id"] for row in rows} == {row["id"] for row in poisoned}
    assert {row["id"]: row["error"] for row in rows if row["error"]} == {"poison": "'text' is empty (null)"}


def test_a_killed_actor_costs_nothing(documents: Rows, cleaned: dict[str, str], tmp_path: Path) -> None:
    killed = str(tmp_path / "killed")

    class KilledOnce(CleanBatches):
        def __call__(self, table: Any) -> Any:
            if "d100" in table.column("id").to_pylist() and not os.path.exists(killed):
                open(killed, "w").close()
                os.kill(os.getpid(), signal.SIGKILL)
            return super().__call__(table)

    rows = dataset_of(documents).map_batches(KilledOnce, **CleanBatches.options(actors=(2, 2)) | {"batch_size": 16}).take_all()
    assert {row["id"]: row["text"] for row in rows} == cleaned
    assert os.path.exists(killed)
