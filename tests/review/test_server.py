"""The server: for whoever has the token and calls it by its own name; nothing of a document is ever markup."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from cleaner.errors import ConfigError
from cleaner.labels import read_labels
from cleaner.review.server import FILES, MAX_BODY_BYTES, application, serve
from tests.fakes import SCHEME
from tests.review.fakes import desk_of

pytest.importorskip("starlette")
from starlette.testclient import TestClient

TOKEN = "secret"
PATHS = [("GET", "/api/documents"), ("GET", "/api/documents/0"), ("PUT", "/api/documents/0/answers"), ("PUT", "/api/documents/0/skipped")]


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    return tmp_path / "labels.jsonl"


@pytest.fixture
def client(labels: Path) -> TestClient:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return TestClient(application(desk_of(labels), TOKEN), base_url="http://127.0.0.1:8000", headers=headers)


def test_answers_are_saved_and_shown(client: TestClient, labels: Path) -> None:
    said = {"label": "advertisement", "kind": "promotion"}
    assert client.put("/api/documents/0/answers", json=[[2, said]]).json() == [said]
    assert client.get("/api/documents/0").json()["answers"] == [None, None, said, None]
    assert client.put("/api/documents/0/skipped", json=True).json() is None
    assert [one["skipped"] for one in client.get("/api/documents").json()["documents"]] == [True, False]
    assert read_labels(labels, SCHEME)[0].is_skipped


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer other", "secret", "Bearer secret2", "Bearer ÿ"])
def test_without_the_token_there_is_nothing_to_see_or_change(client: TestClient, labels: Path, method: str, path: str, given: str) -> None:
    response = client.request(method, path, headers={"Authorization": given.encode()}, json=[])
    assert (response.status_code, "Story" in response.text, labels.exists()) == (403, False, False)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[::1]", ""])
def test_another_name_for_this_machine_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/api/documents", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("path", [*FILES, "/api/documents"])
def test_every_response_forbids_what_comes_from_elsewhere(client: TestClient, path: str) -> None:
    response = client.get(path)
    policy = response.headers["content-security-policy"]
    assert response.status_code == 200
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert (response.headers["x-content-type-options"], response.headers["referrer-policy"]) == ("nosniff", "no-referrer")


def test_the_page_holds_no_script_or_style_of_its_own_and_no_address(client: TestClient) -> None:
    page = client.get("/").text
    assert "style=" not in page
    assert "onclick" not in page
    for path in FILES:
        assert "http" not in client.get(path).text
    assert "innerHTML" not in client.get("/page.js").text


@pytest.mark.parametrize(
    "path", ["/../cleaner/__init__.py", "/page/../../errors.py", "/%2e%2e/errors.py", "/api/documents/..%2f0", "/etc/passwd"]
)
def test_paths_lead_nowhere_else(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[" * 100_000,
        b"{}",
        b"null",
        b"",
        b"[1]",
        b"[[1]]",
        b'[["0", null]]',
        b"[[true, null]]",
        b"[[0.5, null]]",
        b"[[99, null]]",
        b"[[0, 5]]",
        b"\xff",
    ],
)
def test_requests_of_any_shape_are_refused_in_words(client: TestClient, labels: Path, body: bytes) -> None:
    response = client.put("/api/documents/0/answers", content=body)
    assert (response.status_code, bool(response.json()["error"]), labels.exists()) == (409, True, False)


def test_huge_requests_are_refused(client: TestClient) -> None:
    assert client.put("/api/documents/0/answers", content=b" " * (MAX_BODY_BYTES + 1)).status_code == 413


@pytest.mark.parametrize("number", ["2", "99999999999999999999999"])
def test_documents_that_are_not_there_are_named(client: TestClient, number: str) -> None:
    response = client.get(f"/api/documents/{number}")
    assert (response.status_code, response.json()) == (409, {"error": f"no document {number}; there are 2"})


def test_a_port_that_is_taken_is_wrong_usage(labels: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"--port {port}: Address already in use; leave it out"):
            serve(desk_of(labels), port, browser=False)
