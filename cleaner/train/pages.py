"""Labels, kept as numbers, of pages whose texts are not ours to ship: they are rendered again from the data folder."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from cleaner.errors import GoldError
from cleaner.records import Scheme
from cleaner.train.gold import Gold, make_gold, registrable, rows

DIGEST_CHARS = 16
SOURCES = ("wcxb-dev.parquet", "segments-dev.parquet")
GRAM_WORDS = 3  # a line of an extractor's output is found in the page by runs of so many words
MIN_SHARE = 0.6  # of a line's runs that must lie in lines of one kind, else nobody knows its kind


def render(html: str | bytes) -> list[str]:
    """The non-empty lines of a whole page, as the labelled pages were made.

    Returns:
        Stripped lines, in reading order.
    """
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import detect_encoding
    from resiliparse.parse.html import HTMLTree

    tree = HTMLTree.parse(html) if isinstance(html, str) else HTMLTree.parse_from_bytes(html, detect_encoding(html) or "utf-8")
    text = extract_plain_text(
        tree,
        preserve_formatting=True,
        main_content=False,
        list_bullets=True,
        alt_texts=False,
        links=False,
        form_fields=False,
        noscript=False,
    )
    return solid_lines(text)


def labelled_lines(data: Path, labels: Path) -> dict[str, tuple[list[str], list[str]]]:
    """The lines that people read of each page, and their kinds, by the page's id.

    Args:
        data: folder with the labelled pages, and the HTML of those labelled in the project.
        labels: the project's labels, see `read_labelled_pages`.

    Raises:
        GoldError: a file is missing, or a page renders to other lines than were labelled.
    """
    found = {row["id"]: (row["lines"], row["kinds"]) for row in rows(data / "labelled-pages.parquet")}
    wanted = _wanted(labels)
    for source in SOURCES:
        found |= {row["id"]: labelled(row["html"], wanted[row["id"]]) for row in rows(data / source) if row["id"] in wanted}
    return found


def read_labelled_pages(labels: Path, data: Path, scheme: Scheme) -> list[Gold]:
    """Pages labelled beside the data folder, and what extractors leave of them.

    Labels come from `seeds/pages/`, texts from the folder's HTML.

    Args:
        labels: CSV with `id, first, lines, sha256` (of the labelled lines) and `runs`, such as `navigation:14 article:3`.
        data: folder with the pages' HTML, see `SOURCES`.
        scheme: the kinds.

    Raises:
        GoldError: a page is missing or renders to other lines than were labelled.
    """
    wanted = _wanted(labels)
    pages = {gold.name: gold for source in SOURCES for gold in _pages(source, data, wanted, scheme)}
    if missing := sorted(wanted.keys() - pages.keys()):
        more = f"{missing[0]} and {len(missing) - 1} more"
        raise GoldError(f"{labels}: {more} are not in {data}; give the folder that they were labelled from")
    return [pages[name] for name in sorted(pages)]


def _wanted(labels: Path) -> dict[str, dict[str, str]]:
    try:
        with labels.open(encoding="utf-8", newline="") as file:
            return {row["id"]: row for row in csv.DictReader(file, delimiter="\t")}
    except OSError as error:
        raise GoldError(f"{labels}: cannot be read: {error.strerror}; give the project's seeds folder") from error


def labelled(html: str | bytes, label: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The labelled lines of a page and their kinds.

    Args:
        html: the page.
        label: its row in a file of labels, see `read_labelled_pages`.

    Raises:
        GoldError: they are not the lines that were labelled.
    """
    first, n_lines = int(label["first"]), int(label["lines"])
    lines = render(html)[first : first + n_lines]
    if not is_digest_of(label["sha256"], lines):
        raise GoldError(f"{label['id']}: renders to other lines than were labelled; use resiliparse 0.14 or newer and the same data")
    return lines, kinds_of(label["runs"])


def is_digest_of(digest: str, lines: Sequence[str]) -> bool:
    """Whether lines are those that were labelled."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:DIGEST_CHARS] == digest


def kinds_of(runs: str) -> list[str]:
    """The kind of each line, from runs such as `navigation:14 article:3`."""
    return [kind for kind, n in (run.split(":") for run in runs.split()) for _ in range(int(n))]


def _pages(source: str, data: Path, wanted: Mapping[str, Mapping[str, str]], scheme: Scheme) -> Iterator[Gold]:
    """The labelled pages of one file, each followed by what extractors leave of it."""
    for row in rows(data / source):
        label = wanted.get(row["id"])
        if label is None:
            continue
        lines, kinds = labelled(row["html"], label)
        site = registrable(urlsplit(row["url"]).hostname or row["url"])
        facts = {"site": site, "genre": row.get("page_type") or "article", "language": row.get("language") or ""}
        yield make_gold(label["id"], lines, [(kind, kind) for kind in kinds], scheme, corpus="extra", **facts)
        for name, extract in EXTRACTORS.items():
            left = extract(row["html"])
            found = [(kind, kind) for kind in match_kinds(left, lines, kinds)]
            if any(kind for kind, _ in found):
                yield make_gold(f"{label['id']}/{name}", left, found, scheme, corpus="extra leftovers", **facts)


def match_kinds(left: Sequence[str], lines: Sequence[str], kinds: Sequence[str]) -> list[str | None]:
    """The kinds of an extractor's lines, from the labelled lines of the page that they came from.

    Args:
        left: what the extractor left.
        lines: the page's lines.
        kinds: their kinds.

    Returns:
        A kind for each line left; None where the page's lines do not say.
    """
    whole: dict[str, str] = {}
    grams: dict[tuple[str, ...], Counter[str]] = {}
    for line, kind in zip(lines, kinds, strict=True):
        words = line.split()
        whole.setdefault(" ".join(words), kind)
        for gram in _grams(words):
            grams.setdefault(gram, Counter())[kind] += 1
    found: list[str | None] = []
    for line in left:
        words = line.split()
        votes: Counter[str] = Counter(grams[gram].most_common(1)[0][0] for gram in _grams(words) if gram in grams)
        n_needed = MIN_SHARE * max(1, len(words) - GRAM_WORDS + 1)
        voted = next((kind for kind, n in votes.most_common(1) if n >= n_needed), None)
        found.append(whole.get(" ".join(words), voted))
    return found


def _grams(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(words[i:] for i in range(GRAM_WORDS)), strict=False)


def _by_trafilatura(html: str | bytes) -> list[str]:
    from trafilatura import extract

    return solid_lines(extract(html, include_comments=True) or "")


def _by_resiliparse(html: str | bytes) -> list[str]:
    from resiliparse.extract.html2text import extract_plain_text

    text = html if isinstance(html, str) else html.decode("utf-8", "replace")
    return solid_lines(extract_plain_text(text, main_content=True, preserve_formatting=True))


def solid_lines(text: str) -> list[str]:
    """The stripped lines of a text that are not empty."""
    return [line for line in map(str.strip, text.split("\n")) if line]


EXTRACTORS: dict[str, Callable[[str | bytes], list[str]]] = {"trafilatura": _by_trafilatura, "resiliparse": _by_resiliparse}
