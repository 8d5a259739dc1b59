"""Load on the service, and clients that misbehave meanwhile: `python scripts/load_service.py`; `--help` tells of sizes.

Starts `cleaner serve`, sends requests, some at a time, each with a text of its own, and compares each answer with what `Cleaner.clean`
gives. A second round has clients beside it that send too much, nonsense, or nothing. Needs `cleaner[serve,test]`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from cleaner import Cleaner
from cleaner.train.gold import read_gold, read_scheme

SEEDS = Path(__file__).parents[1] / "seeds"
COMMAND = [sys.executable, "-c", "from cleaner.cli import main; main()", "serve", "--port", "0"]
JSON = {"content-type": "application/json"}
MAX_BODY_BYTES = 1_000_000
TROUBLE_PAUSE_SECONDS = 0.05  # between two clients that misbehave
TROUBLE_SECONDS = 60.0  # more than the service gives anyone
HEAD = b"POST /clean HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
TROUBLE = {
    "too long": HEAD + b"content-length: 99999999999\r\n\r\n",
    "no JSON": HEAD + b"content-length: 3\r\n\r\n{]}",
    "no HTTP": b"\x16\x03\x01 \x00 nonsense\r\n\r\n",
    "slow body": HEAD + b"content-length: 100\r\n\r\n{",
    "slow head": b"POST /clean HT",
    "silence": b"",
}


def texts(n: int) -> list[str]:
    """The written documents, over and over, no two the same."""
    scheme = read_scheme(SEEDS / "labels.toml")
    written = [read_gold(path, scheme).text for path in sorted((SEEDS / "written").glob("*/*.gold"))]
    return [f"{number}. {written[number % len(written)]}" for number in range(n)]


async def load(address: str, given: list[str], wanted: list[str], n_at_once: int) -> tuple[Counter[str], list[float]]:
    """Send each text once; what came of them, and the seconds that each answer took."""
    gate, outcomes, seconds = asyncio.Semaphore(n_at_once), Counter[str](), []
    async with httpx2.AsyncClient(base_url=address, timeout=120, limits=httpx2.Limits(max_connections=n_at_once)) as client:

        async def post(text: str, expected: str) -> None:
            async with gate:
                begin = time.perf_counter()
                try:
                    done = await client.post("/clean", content=json.dumps({"text": text}), headers=JSON)
                except httpx2.HTTPError as error:
                    outcomes[f"lost: {type(error).__name__}"] += 1
                    return
                seconds.append(time.perf_counter() - begin)
            is_right = done.status_code == 200 and done.json() == {"text": expected}
            outcomes["right" if is_right else f"wrong: {done.status_code}"] += 1

        await asyncio.gather(*(post(text, expected) for text, expected in zip(given, wanted, strict=True)))
    return outcomes, sorted(seconds)


async def trouble(address: str, is_over: asyncio.Event) -> Counter[str]:
    """Misbehave in turns until it is over; what the service answered to what, once all connections have ended."""
    clients = []
    while not is_over.is_set():
        name = list(TROUBLE)[len(clients) % len(TROUBLE)]
        clients.append(asyncio.create_task(misbehave(address, name)))
        await asyncio.sleep(TROUBLE_PAUSE_SECONDS)
    return Counter(await asyncio.gather(*clients))


async def misbehave(address: str, name: str) -> str:
    """Send something wrong and wait for the service to end the connection."""
    at = urlsplit(address)
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    try:
        writer.write(TROUBLE[name])
        answer = await asyncio.wait_for(reader.read(), TROUBLE_SECONDS)
    except TimeoutError:
        return f"{name}: left open"
    except ConnectionError:
        answer = b""
    finally:
        writer.close()
    return f"{name}: {answer[9:12].decode() or 'cut off'}"


async def rounds(address: str, given: list[str], wanted: list[str], n_at_once: int) -> bool:
    """Both rounds; whether every answer was right."""
    is_right = True
    for name in ("alone", "beside misbehaving clients"):
        is_over = asyncio.Event()
        others = asyncio.create_task(trouble(address, is_over)) if name != "alone" else None
        begin = time.perf_counter()
        outcomes, seconds = await load(address, given, wanted, n_at_once)
        taken = time.perf_counter() - begin
        is_over.set()
        half, late = seconds[len(seconds) // 2], seconds[int(len(seconds) * 0.99)]
        print(f"{name}: {len(given):,} requests, {n_at_once} at a time: {dict(outcomes)}, {len(given) - len(seconds)} lost")
        times = ", ".join(f"{what} {value * 1000:.0f} ms" for what, value in (("p50", half), ("p99", late), ("longest", seconds[-1])))
        print(f"  {len(given) / taken:,.0f} requests/s, {times}")
        if others is not None:
            print(f"  what the others got: {dict(sorted((await others).items()))}")
        is_right &= outcomes["right"] == len(given)
    return is_right


def main() -> None:
    """Start the service, load it, end it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--at-once", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=2, help="processes of the service")
    options = parser.parse_args()
    given = texts(options.requests)
    wanted = [result.text for result in Cleaner.load().clean_many(given)]
    command = [*COMMAND, "--jobs", str(options.jobs), "--max-body-bytes", str(MAX_BODY_BYTES), "--max-waiting", str(4 * options.at_once)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as service:
        assert service.stderr is not None
        announced = re.match(r"cleaner: (http://\S+)/docs", service.stderr.readline())
        assert announced is not None, "the service did not start"
        is_right = asyncio.run(rounds(announced[1], given, wanted, options.at_once))
        peaks = Path(f"/proc/{service.pid}/status")
        if peaks.exists():
            memory = re.search(r"VmHWM:\s+(\d+)", peaks.read_text())
            print(f"peak memory of the process that listens: {int(memory[1]) // 1024 if memory else '?'} MB")
        service.terminate()
        print(f"the service ended with {service.wait(60)}; it said {dict(Counter(service.stderr.read().splitlines()))}")
    sys.exit(not is_right)


if __name__ == "__main__":
    main()
