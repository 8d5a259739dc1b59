"""The service: the command line's results, refusals that harm nobody, all requests answered under load."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.stages.conftest import Rows

pytest.importorskip("starlette", reason="starlette is not installed: cleaner[serve]")
pytest.importorskip("uvicorn", reason="uvicorn is not installed: cleaner[serve]")
pytest.importorskip("prometheus_client", reason="prometheus-client is not installed: cleaner[serve]")
httpx2 = pytest.importorskip("httpx2", reason="httpx2 is not installed: cleaner[test]")

ROOT = Path(__file__).parents[2]
N_REQUESTS, N_AT_ONCE = 1000, 50  # scripts/load_service.py sends ten times as many
MAX_BODY_BYTES, MAX_WAITING = 100_000, 60
READ_SECONDS = 1.0  # of the service that slow clients meet; on a busy machine the others are slow as well
PROGRAM = """
import sys
from cleaner.stages.server import serve
from cleaner.stages.service import Limits
from cleaner.stages.stage import Stage
limits = Limits(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
serve(Stage(), limits, port=0, ready=lambda address: print(address, flush=True))
"""


@contextmanager
def service(n_processes: int, read_seconds: float) -> Iterator[tuple[str, int]]:
    """A service on this machine, which ends as it should."""
    limits = map(str, (n_processes, MAX_BODY_BYTES, MAX_WAITING, read_seconds))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PROGRAM, *limits]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        yield "127.0.0.1", int(process.stdout.readline().rpartition(":")[2])
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    """Two processes, patient."""
    with service(2, 60) as address:
        yield address


@pytest.fixture(scope="module")
def impatient() -> Iterator[tuple[str, int]]:
    """One process, which waits for nobody."""
    with service(1, READ_SECONDS) as address:
        yield address


@pytest.fixture(scope="module")
def client(address: tuple[str, int]) -> Iterator[Any]:
    with httpx2.Client(base_url=f"http://{address[0]}:{address[1]}", timeout=60) as client:
        yield client


def lines(rows: Rows) -> bytes:
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def test_texts_and_verdicts_are_those_of_the_command_line(
    client: Any, documents: Rows, cleaned: dict[str, str], labelled: dict[str, tuple[str, Rows]]
) -> None:
    headers = {"content-type": "application/jsonl"}
    for at in range(0, len(documents), 50):
        body = lines(documents[at : at + 50])
        rows = [json.loads(line) for line in client.post("/clean", content=body, headers=headers).text.splitlines()]
        assert [row["text"] for row in rows] == [cleaned[row["id"]] for row in documents[at : at + 50]]
        rows = [json.loads(line) for line in client.post("/label", content=body, headers=headers).text.splitlines()]
        assert [(row["text"], row["paragraphs"]) for row in rows] == [labelled[row["id"]] for row in documents[at : at + 50]]


def test_other_fields_come_back_as_they_stood(client: Any) -> None:
    body = b'{\n "n": 1e400,  "text": "The harbour froze over in January."}'
    done = client.post("/clean", content=body, headers={"content-type": "application/json"})
    assert (done.status_code, done.content) == (200, body + b"\n")


def test_a_poisoned_record_fails_alone(client: Any) -> None:
    body = lines([{"text": "The harbour froze over in January."}, {"id": "x"}, {"text": "The ferry stayed in port."}]) + b"{\n"
    done = client.post("/clean", content=body, headers={"content-type": "application/jsonl"})
    rows = [json.loads(line) for line in done.text.splitlines()]
    assert [row.get("text") for row in rows] == ["The harbour froze over in January.", None, "The ferry stayed in port.", None]
    assert ["error" in row for row in rows] == [False, True, False, True]


@pytest.mark.parametrize(
    ("body", "sort", "status"),
    [
        (b"{", "application/json", 422),
        (b"", "application/json", 422),
        (b"[1]", "application/json", 422),
        (b'{"text": 1}', "application/json", 422),
        (b"[" * 50_000, "application/json", 422),
        (b"text", "text/plain", 415),
        (b"x" * (MAX_BODY_BYTES + 1), "application/json", 413),
    ],
)
def test_what_is_no_record_is_refused_with_a_reason(client: Any, body: bytes, sort: str, status: int) -> None:
    done = client.post("/clean", content=body, headers={"content-type": sort})
    assert (done.status_code, bool(done.json()["error"])) == (status, True)


def test_a_body_without_a_length_is_read_no_further_than_the_limit(client: Any) -> None:
    pieces = (b"x" * 10_000 for _ in range(50))
    assert client.post("/clean", content=pieces, headers={"content-type": "application/json"}).status_code == 413


def test_other_methods_and_paths_are_refused(client: Any) -> None:
    assert client.get("/clean").status_code == 405
    assert client.post("/nowhere").status_code == 404


@pytest.mark.parametrize("head", [b"", b"POST /clean HT", b"POST /clean HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{"])
def test_slow_clients_lose_their_connection(impatient: tuple[str, int], head: bytes) -> None:
    with socket.create_connection(impatient, timeout=60) as slow:
        slow.sendall(head)
        while slow.recv(1000):  # a refusal perhaps, then the end; a timeout of the socket fails the test
            pass


def test_a_connection_is_kept_for_the_next_request_and_no_longer_for_a_slow_one(impatient: tuple[str, int]) -> None:
    with socket.create_connection(impatient, timeout=60) as kept:
        for _ in range(2):
            kept.sendall(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n")
            answer = b""
            while not answer.endswith(b'{"status":"ok"}'):
                piece = kept.recv(1000)
                assert piece, "the connection was closed"
                answer += piece
            time.sleep(2.5 * READ_SECONDS)
        kept.sendall(b"GET /healthz HT")
        while kept.recv(1000):
            pass


def test_too_many_requests_are_refused_and_the_others_served(address: tuple[str, int]) -> None:
    async def flood() -> list[int]:
        limits = httpx2.Limits(max_connections=None)
        async with httpx2.AsyncClient(base_url=f"http://{address[0]}:{address[1]}", timeout=60, limits=limits) as client:
            body = json.dumps({"text": "The harbour froze over in January.\n\n" * 1000})
            posts = [client.post("/clean", content=body, headers={"content-type": "application/json"}) for _ in range(3 * MAX_WAITING)]
            return [done.status_code for done in await asyncio.gather(*posts)]

    seen = asyncio.run(flood())
    assert set(seen) <= {200, 503}
    assert seen.count(200) >= MAX_WAITING


def test_no_request_is_lost_under_load(address: tuple[str, int], documents: Rows, cleaned: dict[str, str]) -> None:
    async def post_all() -> list[tuple[str, str]]:
        gate = asyncio.Semaphore(N_AT_ONCE)
        async with httpx2.AsyncClient(base_url=f"http://{address[0]}:{address[1]}", timeout=60) as client:

            async def post(row: dict[str, Any]) -> tuple[str, str]:
                async with gate:
                    done = await client.post("/clean", content=json.dumps(row), headers={"content-type": "application/json"})
                    return row["id"], done.json()["text"]

            return await asyncio.gather(*(post(documents[number % len(documents)]) for number in range(N_REQUESTS)))

    assert asyncio.run(post_all()) == [(row["id"], cleaned[row["id"]]) for row in (documents * 2)[:N_REQUESTS]]


def test_a_killed_worker_is_replaced() -> None:
    from cleaner.stages.stage import Stage
    from cleaner.stages.workers import Workers

    async def killed() -> tuple[bytes, bytes]:
        pool = Workers(Stage(), 1)
        body = b'{"text": "The harbour froze over in January."}'
        first = await pool.answer(body, False, False)
        for process in list(pool._pool._processes.values()):
            os.kill(process.pid, signal.SIGKILL)
        second = await pool.answer(body, False, False)
        pool.close()
        return first.body, second.body

    first, second = asyncio.run(killed())
    assert first == second


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_until_it_is_told_to_end(how: signal.Signals) -> None:
    with command("serve", "--port", "0", "--jobs", "2") as process:
        assert process.stderr is not None
        address = re.match("cleaner: (http://127.0.0.1:[0-9]+)/docs", process.stderr.readline()).group(1)
        done = httpx2.post(f"{address}/clean", json={"text": "The harbour froze over in January."}, timeout=60)
        workers = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        others = workers.read_text().split() if workers.exists() else []
        process.send_signal(how)
        assert (process.wait(60), process.stderr.read()) == (0, "")
    assert done.json() == {"text": "The harbour froze over in January."}
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{other}").exists() for other in others) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [other for other in others if Path(f"/proc/{other}").exists()] == []


def test_a_request_that_is_under_way_is_answered_before_the_end() -> None:
    with command("serve", "--port", "0") as process:
        assert process.stderr is not None
        port = int(re.search(":([0-9]+)/docs", process.stderr.readline()).group(1))
        body = json.dumps({"text": "The harbour froze over in January.\n\n" * 20_000}).encode()
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            client.sendall(b"POST /clean HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body))
            client.sendall(body[:-1])
            while not metric(port, "cleaner_requests_waiting 1.0"):
                time.sleep(0.02)
            process.send_signal(signal.SIGTERM)
            client.sendall(body[-1:])
            answer = b"".join(iter(lambda: client.recv(2**16), b""))
        assert process.wait(60) == 0
    assert answer.startswith(b"HTTP/1.1 200")


def metric(port: int, line: str) -> bool:
    return line in httpx2.get(f"http://127.0.0.1:{port}/metrics").text


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, command("serve", "--port", str(taken.getsockname()[1])) as process:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 2
    assert said.startswith("cleaner: 127.0.0.1, port ")


def command(*arguments: str) -> subprocess.Popen[str]:
    program = "from cleaner.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", program, *arguments], env=environment, stderr=subprocess.PIPE, text=True)


def test_what_happened_is_counted(client: Any) -> None:
    client.post("/clean", content=b'{"text": "Story"}', headers={"content-type": "application/json"})
    metrics = client.get("/metrics").text
    assert 'cleaner_requests_total{path="/clean",status="200"}' in metrics
    assert "cleaner_requests_waiting 0.0" in metrics


def test_the_description_names_every_path(client: Any) -> None:
    described = client.get("/openapi.json").json()
    assert set(described["paths"]) == {"/clean", "/label", "/healthz", "/metrics"}
    assert all(path in client.get("/docs").text for path in described["paths"])


def test_answers_are_as_described(address: tuple[str, int]) -> None:
    schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed; pip install schemathesis")
    from hypothesis import HealthCheck, Phase, given, settings

    schema = schemathesis.openapi.from_url(f"http://{address[0]}:{address[1]}/openapi.json")
    few = settings(max_examples=25, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    for operation in schema.get_all_operations():

        @few
        @given(case=operation.ok().as_strategy())
        def check(case: Any) -> None:
            case.call_and_validate()

        check()
