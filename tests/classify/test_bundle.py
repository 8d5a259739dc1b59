"""Bundles: what is damaged, changed or foreign is refused before anything of it is used."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cleaner.classify import bundle as bundles
from cleaner.classify.bundle import CARD, FORMAT, MANIFEST, METRICS, WEIGHTS, installed_models, load_bundle, save_bundle
from cleaner.errors import BundleError

ARRAYS = {"b": np.arange(6, dtype=np.int16).reshape(2, 3), "a": np.array([0.5, -1.25], np.float32)}
FACTS = {"kinds": {"article": "article"}, "thresholds": [[0.0, 0.0], [0.5, 0.75]], "cleaner": "0.1.0"}
DAMAGED = "install or build the model again"


class Opened:
    """Leaves a trace when it is unpickled."""

    traces: list[str] = []  # noqa: RUF012 - a trace has to outlive the object

    def __reduce__(self) -> tuple[Any, ...]:
        return Opened.traces.append, ("opened",)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "mine"
    save_bundle(path, FACTS, ARRAYS, {"macro_f1": 0.5}, "# Mine\n")
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def sign(folder: Path, **facts: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """Change the manifest and make its digests right again, as somebody who builds a bundle by hand would."""
    weights = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    manifest = {**json.loads((folder / MANIFEST).read_text()), "weights_sha256": weights, **facts}
    del manifest["sha256"]
    manifest["sha256"] = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(manifest))


def write_weights(folder: Path, **arrays: np.ndarray) -> None:
    np.savez_compressed(folder / WEIGHTS, allow_pickle=True, **arrays)
    sign(folder)


def refusal(folder: Path) -> str:
    with pytest.raises(BundleError) as caught:
        load_bundle(folder)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_what_is_saved_is_loaded(folder: Path) -> None:
    loaded = load_bundle(folder)
    assert (loaded.path, loaded.name, loaded.card()) == (folder, "mine", "# Mine\n")
    assert {**loaded.manifest, **FACTS, "format": FORMAT} == loaded.manifest
    assert loaded.arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert loaded.arrays[name].dtype == array.dtype
        assert np.array_equal(loaded.arrays[name], array)


def test_saving_twice_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    save_bundle(tmp_path / "again", FACTS, dict(reversed(ARRAYS.items())), {"macro_f1": 0.5}, "# Mine\n")
    assert contents(tmp_path / "again") == contents(folder)
    assert contents(folder).keys() == {MANIFEST, WEIGHTS, METRICS, CARD}


def test_a_bundle_can_be_saved_over_another(folder: Path) -> None:
    save_bundle(folder, FACTS, {"c": np.ones(1)}, {}, "")
    assert list(load_bundle(folder).arrays) == ["c"]


def test_a_path_may_be_text(folder: Path) -> None:
    assert load_bundle(str(folder)).path == folder


def test_a_missing_bundle_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path / "nowhere")
    assert str(tmp_path / "nowhere") in message
    assert "default" in message  # what can be given instead


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(BundleError, match=r"^nonesuch: no model here; give a bundle's folder or one of: "):
        load_bundle("nonesuch")


def test_the_shipped_model_is_installed() -> None:
    assert "default" in installed_models()
    assert load_bundle().name == "default"


def test_no_model_need_be_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "models_folder", lambda: tmp_path)
    assert installed_models() == []
    with pytest.raises(BundleError, match="none installed"):
        load_bundle()


@pytest.mark.parametrize("data", [b"", b"{", b"weights", b"\xff\xfe", b"[" * 100_000], ids=["empty", "cut", "text", "binary", "deep"])
def test_a_manifest_that_is_no_json_is_refused(folder: Path, data: bytes) -> None:
    (folder / MANIFEST).write_bytes(data)
    assert re.match(f"{re.escape(str(folder / MANIFEST))}: not JSON .*; damaged: {DAMAGED}$", refusal(folder))


@pytest.mark.parametrize("data", [b"[]", b"{}", b"null", b'{"format": "1"}'])
def test_a_manifest_without_format_is_refused(folder: Path, data: bytes) -> None:
    (folder / MANIFEST).write_bytes(data)
    assert refusal(folder) == f"{folder / MANIFEST}: names no format; not a model of this program, or damaged"


@pytest.mark.parametrize(("number", "remedy"), [(FORMAT + 1, "install a newer cleaner"), (FORMAT - 1, "build the model again")])
def test_another_format_is_refused(folder: Path, number: int, remedy: str) -> None:
    sign(folder, format=number)
    assert refusal(folder) == f"{folder / MANIFEST}: format {number}, this version reads format {FORMAT}; {remedy}"


def test_a_changed_manifest_is_refused(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["thresholds"][1][1] = 0.5
    (folder / MANIFEST).write_text(json.dumps(manifest))
    assert refusal(folder) == f"{folder / MANIFEST}: differs from its own digest; damaged or changed: {DAMAGED}"


def flipped(path: Path, bit: int) -> Iterator[int]:
    """Flip one bit of each byte of a file in turn."""
    data = path.read_bytes()
    for position, value in enumerate(data):
        path.write_bytes(data[:position] + bytes([value ^ bit]) + data[position + 1 :])
        yield position
    path.write_bytes(data)


@pytest.mark.parametrize("bit", [0x01, 0x80])
@pytest.mark.parametrize("name", [MANIFEST, WEIGHTS])
def test_a_flipped_bit_anywhere_is_refused(folder: Path, name: str, bit: int) -> None:
    for position in flipped(folder / name, bit):
        message = refusal(folder)
        assert message.startswith(str(folder)), position
        assert re.search("again|newer cleaner|not a model of this program", message), position
    load_bundle(folder)


@pytest.mark.parametrize("length", [0, 1, 100])
def test_truncated_weights_are_refused(folder: Path, length: int) -> None:
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:length])
    assert refusal(folder) == f"{folder / WEIGHTS}: differs from its digest in {MANIFEST}; damaged or changed: {DAMAGED}"


@pytest.mark.parametrize("length", [0, 1, 100])
def test_truncated_weights_with_a_digest_of_their_own_are_refused(folder: Path, length: int) -> None:
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:length])
    sign(folder)
    assert re.match(f"{re.escape(str(folder / WEIGHTS))}: not readable as arrays .*; damaged: {DAMAGED}$", refusal(folder))


@pytest.mark.parametrize("bit", [0x01, 0x20, 0x80])
def test_damaged_weights_with_a_digest_of_their_own_are_refused_or_hold_numbers(folder: Path, bit: int) -> None:
    for position in flipped(folder / WEIGHTS, bit):
        sign(folder)
        with contextlib.suppress(BundleError):
            loaded = load_bundle(folder)
            assert all(np.isfinite(array).all() for array in loaded.arrays.values()), position


def test_missing_weights_are_refused(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    assert refusal(folder) == f"{folder / WEIGHTS}: cannot be read: No such file or directory; {DAMAGED}"


def test_a_missing_card_is_refused_when_it_is_asked_for(folder: Path) -> None:
    (folder / CARD).unlink()
    with pytest.raises(BundleError, match=f"{CARD}: cannot be read"):
        load_bundle(folder).card()


def test_a_pickled_object_is_refused_unopened(folder: Path) -> None:
    write_weights(folder, a=np.array([Opened()], object))
    assert re.match(f"{re.escape(str(folder / WEIGHTS))}: not readable as arrays .*; damaged: {DAMAGED}$", refusal(folder))
    assert Opened.traces == []


@pytest.mark.parametrize("array", [np.array([1.0, np.nan]), np.array([np.inf]), np.array(["a"]), np.array([True]), np.array([1j])])
def test_what_is_no_finite_number_is_refused(folder: Path, array: np.ndarray) -> None:
    write_weights(folder, a=array)
    assert refusal(folder) == f"{folder / WEIGHTS}: array 'a' holds something else than finite numbers; build the model again"


def test_weights_that_unpack_to_too_much_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "MAX_BYTES", 1 << 20)
    write_weights(folder, a=np.zeros(1 << 19, np.int8), b=np.zeros(1 << 19, np.int8))
    assert refusal(folder) == f"{folder / WEIGHTS}: arrays of more than 1 MB; not a model of this program"


@pytest.mark.parametrize("name", [MANIFEST, WEIGHTS])
def test_a_file_that_is_too_large_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(bundles, "MAX_BYTES", 1 << 20)
    with (folder / name).open("r+b") as file:
        file.truncate((1 << 20) + 1)
    assert refusal(folder) == f"{folder / name}: more than 1 MB; not a model of this program"


def test_a_member_that_is_no_array_is_refused(folder: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", b"no array")
    (folder / WEIGHTS).write_bytes(buffer.getvalue())
    sign(folder)
    assert refusal(folder).startswith(f"{folder / WEIGHTS}: ")


def test_an_array_that_claims_to_be_huge_is_refused(folder: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**15,)})
    with zipfile.ZipFile(folder / WEIGHTS, "w") as archive:
        archive.writestr("a.npy", header.getvalue())
    sign(folder)
    assert re.match(f"{re.escape(str(folder / WEIGHTS))}: not readable as arrays .*; damaged: {DAMAGED}$", refusal(folder))


def test_a_build_that_broke_off_leaves_no_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise OSError("disk full")

    monkeypatch.setattr(bundles, "_digest", fail)
    with pytest.raises(OSError, match="disk full"):
        save_bundle(tmp_path / "broken", FACTS, ARRAYS, {}, "")
    with pytest.raises(BundleError, match="no model here"):
        load_bundle(tmp_path / "broken")


def test_a_shipped_name_is_no_folder_of_the_same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = load_bundle().path
    (tmp_path / "default").mkdir()
    monkeypatch.chdir(tmp_path)
    assert load_bundle("default").path == shipped
    with pytest.raises(BundleError, match="no model here"):
        load_bundle("./default")


def test_a_moved_bundle_still_loads(folder: Path, tmp_path: Path) -> None:
    shutil.move(folder, tmp_path / "elsewhere")
    assert load_bundle(tmp_path / "elsewhere").name == "elsewhere"
