"""Build a model bundle from labelled documents: fit, calibrate, evaluate out of fold, write.

`python scripts/build_bundle.py --data DIR` builds the shipped model, from the labelled pages in DIR (or $CLEANER_DATA);
`python scripts/build_bundle.py --public DIR` first rebuilds that data from checkouts of the public benchmarks;
`python scripts/build_bundle.py --seeds-only` builds one from seeds/ alone, on any fresh clone.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from threadpoolctl import threadpool_limits

from cleaner.errors import CleanerError
from cleaner.train.build import build_bundle, read_documents
from cleaner.train.fit import Recipe
from cleaner.train.gold import Gold, digest
from cleaner.train.public import rebuild
from cleaner.train.webpages import read_webpages

ROOT = Path(__file__).parent.parent


def main(  # noqa: PLR0913 - an option each
    data: Annotated[Path | None, typer.Option(envvar="CLEANER_DATA", help="Folder with labelled-pages.parquet and the rest.")] = None,
    public: Annotated[Path | None, typer.Option(help="Folder with checkouts of the benchmarks, in the place of --data.")] = None,
    seeds: Annotated[Path, typer.Option(help="The labelled documents of the project.")] = ROOT / "seeds",
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the bundle.")] = ROOT / "models" / "default",
    seeds_only: Annotated[bool, typer.Option("--seeds-only", help="Train from seeds/ alone even if CLEANER_DATA is set.")] = False,
    jobs: Annotated[int, typer.Option(help="Processes.")] = 2,
    only_digest: Annotated[bool, typer.Option("--digest", help="Read the documents and print their digests; fit nothing.")] = False,
) -> None:
    """Build a model bundle."""
    begin = time.perf_counter()
    try:
        with _data_folder(None if seeds_only else data, None if seeds_only else public, seeds) as folder:
            scheme, documents = read_documents(seeds, folder)
            if only_digest:
                print_digests(documents)
                return
            with threadpool_limits(1):  # one thread a process: sums come in one order, so the same data give the same bytes
                pages = None if folder is None else read_webpages(folder, seeds, scheme)
                metrics = build_bundle(output, scheme, documents, Recipe(), jobs, pages)
    except CleanerError as error:
        typer.echo(f"build_bundle: {error}", err=True)
        raise typer.Exit(1) from error
    for name, figures in metrics.items():
        if isinstance(figures, dict) and "macro_f1" in figures:
            kept, removed = figures["article_words_kept"], figures["noise_words_removed"]
            print(f"{name:10s} macro-F1 {figures['macro_f1']:.4f}  article words kept {kept:.4f}  noise words removed {removed:.4f}")
    if "webpages" in metrics:
        print(f"web pages  word F1 {metrics['webpages']['word_f1']:.4f}  F1 of strings {metrics['webpages']['strings']['f1']:.4f}")
    print(f"{output}: {sum(path.stat().st_size for path in output.iterdir()) / 1e6:.2f} MB in {time.perf_counter() - begin:.0f} s")


@contextmanager
def _data_folder(data: Path | None, public: Path | None, seeds: Path) -> Iterator[Path | None]:
    """The folder to read pages from; one rebuilt from checkouts goes away afterwards."""
    if public is None:
        yield data
        return
    with tempfile.TemporaryDirectory() as folder:
        found = rebuild(public, seeds, Path(folder))
        print(f"{public}: {found.pages} labelled pages as they were; {found.leftovers} extractors' outputs, {found.others} left out")
        yield Path(folder)


def print_digests(documents: Sequence[Gold]) -> None:
    """How many documents of each set there are, and the digest that names them."""
    for corpus in dict.fromkeys(gold.corpus for gold in documents):
        own = [gold for gold in documents if gold.corpus == corpus]
        print(f"{corpus:16s} {len(own):6d}  {digest(own)}")
    print(f"{'all':16s} {len(documents):6d}  {digest(documents)}")


if __name__ == "__main__":
    typer.run(main)
