"""A model on disk: a manifest that describes it and arrays that are it; read without running anything of it."""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import stat
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from cleaner.errors import BundleError

FORMAT = 1
MANIFEST, WEIGHTS, METRICS, CARD = "manifest.json", "weights.npz", "metrics.json", "MODEL_CARD.md"
DEFAULT = "default"
# What damaged archives and arrays raise, each in its own place: the unpackers, numpy's header, a size that no memory holds.
_UNREADABLE = (ValueError, OSError, EOFError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)
MAX_BYTES = 64 << 20  # of any one file and of all arrays together: eight times what a bundle should weigh


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified model.

    Attributes:
        path: its folder.
        manifest: format, versions, label scheme, feature settings, thresholds, digests, figures.
        arrays: the weights by name.
    """

    path: Path
    manifest: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    def card(self) -> str:
        """The model card, Markdown."""
        return _read(self.path / CARD).decode("utf-8", "replace")

    def metrics(self) -> Any:  # noqa: ANN401 - whatever the file holds
        """The figures beside the weights, which no digest covers.

        Raises:
            BundleError: they cannot be read.
        """
        try:
            return json.loads(_read(self.path / METRICS))
        except (ValueError, RecursionError) as error:
            raise BundleError(f"{self.path / METRICS}: not JSON ({error}); train the model again") from error


def models_folder() -> Path:
    """Where the shipped models lie: inside the installed package, or beside it in a checkout."""
    packed = Path(str(resources.files("cleaner"))) / "models"
    return packed if packed.is_dir() else packed.parent.parent / "models"


def installed_models() -> list[str]:
    """Names of the shipped models."""
    return sorted(path.parent.name for path in models_folder().glob(f"*/{MANIFEST}"))


def load_bundle(model: str | Path = DEFAULT) -> Bundle:
    """Read and verify a bundle: format, digests, names and finite values, before anything of it is used.

    Args:
        model: name of a shipped model, or a bundle's folder; a name wins over a folder of the same name.

    Raises:
        BundleError: there is none, or it is damaged, changed, or of another format.
    """
    path = Path(model)
    # A shipped name is never a folder that happens to lie where the program runs; `./default` means that one.
    if path.name == str(model) and (models_folder() / path / MANIFEST).is_file():
        path = models_folder() / path
    if not (path / MANIFEST).is_file():
        raise BundleError(f"{model}: no model here; give a bundle's folder or one of: {', '.join(installed_models()) or 'none installed'}")
    manifest = _manifest(path / MANIFEST)
    data = _read(path / WEIGHTS)
    if hashlib.sha256(data).hexdigest() != manifest.get("weights_sha256"):
        raise BundleError(f"{path / WEIGHTS}: differs from its digest in {MANIFEST}; damaged or changed: install or build the model again")
    return Bundle(path, manifest, _arrays(data, path / WEIGHTS))


def save_bundle(path: Path, manifest: Mapping[str, Any], arrays: Mapping[str, np.ndarray], metrics: Mapping[str, Any], card: str) -> None:
    """Write a bundle; the same arguments give the same bytes.

    Args:
        path: its folder, made if missing.
        manifest: what describes the model; format number and digests are added.
        arrays: the weights by name.
        metrics: every figure measured, for programs.
        card: the same for people, Markdown.
    """
    path.mkdir(parents=True, exist_ok=True)
    (path / MANIFEST).unlink(missing_ok=True)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **dict(sorted(arrays.items())))
    full = {"format": FORMAT, **manifest, "weights_sha256": hashlib.sha256(buffer.getvalue()).hexdigest()}
    (path / WEIGHTS).write_bytes(buffer.getvalue())
    (path / METRICS).write_text(json.dumps(metrics, indent=1, sort_keys=True) + "\n", "utf-8")
    (path / CARD).write_text(card, "utf-8")
    # The manifest last: a bundle without one is no bundle, so a broken build is never taken for a whole one.
    (path / MANIFEST).write_text(json.dumps({**full, "sha256": _digest(full)}, indent=1, sort_keys=True) + "\n", "utf-8")


def _manifest(path: Path) -> dict[str, Any]:
    data = _read(path)
    try:
        manifest = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path}: not JSON ({error}); damaged: install or build the model again") from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("format"), int):
        raise BundleError(f"{path}: names no format; not a model of this program, or damaged")
    if manifest["format"] != FORMAT:
        remedy = "install a newer cleaner" if manifest["format"] > FORMAT else "build the model again"
        raise BundleError(f"{path}: format {manifest['format']}, this version reads format {FORMAT}; {remedy}")
    if _digest({key: value for key, value in manifest.items() if key != "sha256"}) != manifest.get("sha256"):
        raise BundleError(f"{path}: differs from its own digest; damaged or changed: install or build the model again")
    return manifest


def _digest(manifest: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()


def _arrays(data: bytes, path: Path) -> dict[str, np.ndarray]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            is_small = sum(member.file_size for member in archive.infolist()) <= MAX_BYTES
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files if is_small}
    except _UNREADABLE as error:
        raise BundleError(f"{path}: not readable as arrays ({error}); damaged: install or build the model again") from error
    if not is_small:
        raise BundleError(f"{path}: arrays of more than {MAX_BYTES >> 20} MB; not a model of this program")
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "if" or not np.isfinite(array).all():
            raise BundleError(f"{path}: array {name!r} holds something else than finite numbers; build the model again")
    return arrays


def _read(path: Path) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise BundleError(f"{path}: no regular file; install or build the model again")  # a pipe or a device may never end
        if status.st_size > MAX_BYTES:
            raise BundleError(f"{path}: more than {MAX_BYTES >> 20} MB; not a model of this program")
        return path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {error.strerror or error}; install or build the model again") from error
