"""The table of formats."""

from __future__ import annotations

import pytest

from cleaner.errors import ConfigError
from cleaner.formats import packing_named, packing_of


@pytest.mark.parametrize(
    ("path", "ending"),
    [("a.txt", ".txt"), ("d/A.TXT.GZ", ".txt.gz"), ("x.y.jsonl.zst", ".jsonl.zst"), ("a.md", ".md"), ("CC.warc.wet.gz", ".wet.gz")],
)
def test_endings_name_formats(path: str, ending: str) -> None:
    packing = packing_of(path)
    assert packing is not None
    assert packing.ending == ending


@pytest.mark.parametrize("path", ["a.pdf", "a", "a.gz", ".txt", "txt", "a.txt.bz2", "d.txt/a", "a.parquet.gz"])
def test_other_endings_name_none(path: str) -> None:
    assert packing_of(path) is None


def test_an_option_names_a_format_with_or_without_its_dot() -> None:
    assert packing_named(".jsonl.gz") == packing_named("jsonl.gz")


def test_an_unknown_name_is_told_what_is_known() -> None:
    known = "txt, md, html, htm, jsonl, csv, warc, wet, each also with .gz or .zst, and parquet"
    with pytest.raises(ConfigError, match=f"'docx' is not a format; known are {known}"):
        packing_named("docx")
