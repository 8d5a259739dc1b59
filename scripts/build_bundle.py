"""Build a model bundle from labelled documents: fit, calibrate, evaluate out of fold, write.

`python scripts/build_bundle.py --data DIR` builds the shipped model, from the labelled pages in DIR (or $CLEANER_DATA);
`python scripts/build_bundle.py --seeds-only` builds one from seeds/ alone, on any fresh clone.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from threadpoolctl import threadpool_limits

from cleaner.errors import CleanerError
from cleaner.train.build import build_bundle, read_documents
from cleaner.train.fit import Recipe
from cleaner.train.webpages import read_webpages

ROOT = Path(__file__).parent.parent


def main(
    data: Annotated[Path | None, typer.Option(envvar="CLEANER_DATA", help="Folder with labelled-pages.parquet and the rest.")] = None,
    seeds: Annotated[Path, typer.Option(help="The labelled documents of the project.")] = ROOT / "seeds",
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the bundle.")] = ROOT / "models" / "default",
    seeds_only: Annotated[bool, typer.Option("--seeds-only", help="Train from seeds/ alone even if CLEANER_DATA is set.")] = False,
    jobs: Annotated[int, typer.Option(help="Processes.")] = 2,
) -> None:
    """Build a model bundle."""
    begin = time.perf_counter()
    try:
        scheme, documents = read_documents(seeds, None if seeds_only else data)
        with threadpool_limits(1):  # one thread a process: sums come in one order, so the same data give the same bytes
            pages = None if seeds_only or data is None else read_webpages(data, seeds, scheme)
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


if __name__ == "__main__":
    typer.run(main)
