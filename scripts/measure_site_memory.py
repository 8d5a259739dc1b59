"""Measure what it would bring to know which paragraphs of a document recur on other documents of its site.

`python scripts/measure_site_memory.py --data DIR --scores FILE` prints the tables that ALGORITHM.md quotes. The scores of every
paragraph, out of fold by site, take as long as building the model; FILE keeps them, and with it a run takes some minutes.
Sites with three pages and more count; pages whose reference is shorter than training believes are left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from threadpoolctl import threadpool_limits

from cleaner.classify.decide import drop_repeats, keep_something
from cleaner.errors import CleanerError
from cleaner.records import Label, Scheme
from cleaner.train.build import read_documents
from cleaner.train.crossfit import cross_fit
from cleaner.train.dataset import build_dataset
from cleaner.train.fit import Recipe
from cleaner.train.gold import Gold, digest
from cleaner.train.pagefit import THRESHOLDS, fit_pages, paragraph_weights
from cleaner.train.webpages import MIN_REFERENCE_WORDS, Webpage, Webpages, kept_f1, per_page, read_webpages, words_of

ROOT = Path(__file__).parent.parent
MIN_DOCUMENTS = 3  # of a site
PARTS = 10  # of the sites: what is fitted on nine is judged on the tenth
DRAWS = 1000
SEEN = (2, 3, 5, 11)
MADE_SITES, MADE_PAGES = 40, 50


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a site, its paragraphs scored by models that never saw the site.

    Attributes:
        site: a domain; decides what is counted together, the part that it is judged in, and the draws of the bootstrap.
        kind: page type.
        keys: what each paragraph is recognised by; empty where nothing is.
        article: shape (n,), probability of main content or article.
        gold: shape (n,), 1 for main content or article, 0 for other paragraphs, -1 where nobody knows.
        words: shape (n,).
        page: what word F1 is computed from; None for lines of text.
        recurs: shape (n,), on how many of the other documents seen each paragraph stands.
        seen: how many other documents have been seen.
    """

    site: str
    kind: str
    keys: tuple[str, ...]
    article: np.ndarray
    gold: np.ndarray
    words: np.ndarray
    page: Webpage | None = None
    recurs: np.ndarray = field(default_factory=lambda: np.zeros(0))
    seen: int = 0

    @property
    def logit(self) -> np.ndarray:
        """Shape (n,)."""
        article = np.clip(self.article.astype(float), 1e-4, 1 - 1e-4)
        return np.log(article / (1 - article))


def main(
    data: Annotated[Path, typer.Option(envvar="CLEANER_DATA", help="Folder with labelled-pages.parquet and the rest.")],
    scores: Annotated[Path, typer.Option(help="Out-of-fold scores, .npz; fitted and written where it does not exist.")],
    seeds: Annotated[Path, typer.Option(help="The labelled documents of the project.")] = ROOT / "seeds",
    jobs: Annotated[int, typer.Option(help="Processes, for fitting.")] = 2,
) -> None:
    """Measure site memory on web pages, on text and on made sites."""
    try:
        scheme, documents = read_documents(seeds, data)
        with threadpool_limits(1):
            pages = read_webpages(data, seeds, scheme)
            if not scores.exists():
                fit_scores(scores, scheme, documents, pages, jobs)
    except CleanerError as error:
        typer.echo(f"measure_site_memory: {error}", err=True)
        raise typer.Exit(1) from error
    with np.load(scores, allow_pickle=False) as found:
        if found["data"] != digest(documents) or len(found["pages"]) != len(pages.kinds):
            typer.echo(f"measure_site_memory: {scores}: scores of other documents; remove it to fit anew", err=True)
            raise typer.Exit(1)
        of_pages, of_text, threshold = found["pages"], found["text"], float(found["threshold"])
    web = list(page_documents(pages, of_pages))
    report_pages(recurring(web))
    report_seen(web)
    report_made(web, threshold)
    report_text(recurring(list(text_documents(documents, of_text, scheme))))


def fit_scores(path: Path, scheme: Scheme, documents: Sequence[Gold], pages: Webpages, jobs: int) -> None:
    """Fit as the shipped model is fitted, and keep the probabilities out of fold."""
    text = cross_fit(build_dataset(documents), scheme, Recipe(), jobs)
    fitted = fit_pages(pages, text.without, scheme, Recipe(), jobs)
    of_text = text.lines.article.astype(np.float32)
    np.savez_compressed(path, data=digest(documents), pages=fitted.article, text=of_text, threshold=fitted.model.decisions.threshold)


def words_key(text: str) -> str:
    """Paragraphs with the same words are the same."""
    return " ".join(words_of(text))


def page_documents(pages: Webpages, article: np.ndarray) -> Iterator[Document]:
    """The web pages that have a reference."""
    for page, own in per_page(pages):
        if page.reference is not None and int(page.reference.sum()) >= MIN_REFERENCE_WORDS:
            keys = tuple(map(words_key, page.texts))
            yield Document(page.site, page.page_type, keys, article[own], pages.content[own], pages.words[own], page)


def text_documents(documents: Sequence[Gold], article: np.ndarray, scheme: Scheme) -> Iterator[Document]:
    """Labelled pages as plain text."""
    is_article = np.array([label is Label.ARTICLE for label in scheme.labels])
    at = 0
    for gold in documents:
        known = np.flatnonzero(gold.kinds >= 0)
        own, at = slice(at, at + len(known)), at + len(known)
        if gold.corpus in ("pages", "extra") and len(known):
            lines = [gold.text[gold.starts[i] : gold.ends[i]] for i in known.tolist()]
            labels = is_article[gold.kinds[known]].astype(int)
            words = np.array([len(line.split()) for line in lines])
            yield Document(gold.site, gold.genre, tuple(map(words_key, lines)), article[own], labels, words)


def recurring(documents: Sequence[Document], seen: int | None = None) -> list[Document]:
    """Count each paragraph on the other documents of its site.

    Args:
        documents: any.
        seen: how many others have been seen, the next ones in order; None for all.

    Returns:
        The documents of sites with enough of them.
    """
    by_site: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        by_site[document.site].append(document)
    counted = []
    for own in by_site.values():
        if len(own) < MIN_DOCUMENTS:
            continue
        sets = [set(document.keys) - {""} for document in own]
        for i, document in enumerate(own):
            others = (sets[i + 1 :] + sets[:i])[:seen]
            count = Counter(key for other in others for key in other)
            counted.append(replace(document, recurs=np.array([count[key] for key in document.keys]), seen=len(others)))
    return counted


def evidence(document: Document) -> np.ndarray:
    """Shape (n, 4): recurs at all, on what share of the documents, and both by length; zeros for what stands nowhere else."""
    length = np.minimum(np.log1p(document.words) / 3, 2)
    anywhere, share = document.recurs > 0, document.recurs / max(document.seen, 1)
    return np.stack([anywhere, share, anywhere * length, share * length], axis=1)


def part_of(documents: Sequence[Document]) -> np.ndarray:
    """The part that each document is judged in."""
    sites = sorted({document.site for document in documents})
    parts = dict(zip(sites, np.random.default_rng(0).permutation(len(sites)) % PARTS, strict=True))
    return np.array([parts[document.site] for document in documents])


def fit_update(documents: Sequence[Document]) -> np.ndarray:
    """Weights of the evidence, shape (4,), added to the logit as it is: what stands nowhere else keeps its probability.

    Large sites count with the root of their size.
    """
    from scipy.optimize import minimize

    sizes: Counter[str] = Counter()
    for document in documents:
        sizes[document.site] += len(document.gold)
    gold, logits = (np.concatenate([getattr(document, name) for document in documents]) for name in ("gold", "logit"))
    weights = np.concatenate([paragraph_weights(document.words) * sizes[document.site] ** -0.5 for document in documents])
    columns = np.concatenate([evidence(document) for document in documents])
    known = gold >= 0
    columns, logits, weights, signs = columns[known], logits[known], weights[known] / weights.sum(), 2 * gold[known] - 1

    def loss(beta: np.ndarray) -> tuple[float, np.ndarray]:
        margin = signs * (logits + columns @ beta)
        slope = -(weights * signs / (1 + np.exp(margin))) @ columns
        return float((weights * np.logaddexp(0, -margin)).sum() + 5e-4 * beta @ beta), slope + 1e-3 * beta

    found: np.ndarray = minimize(loss, np.zeros(columns.shape[1]), jac=True, method="L-BFGS-B").x
    return found


def updated(document: Document, beta: np.ndarray) -> Document:
    """The document with the evidence added to its scores."""
    return replace(document, article=1 / (1 + np.exp(-(document.logit + evidence(document) @ beta))))


def update(documents: Sequence[Document]) -> list[Document]:
    """Every document with the evidence as nine tenths of the sites weigh it."""
    parts = part_of(documents)
    betas = [fit_update([d for d, part in zip(documents, parts, strict=True) if part != own]) for own in range(PARTS)]
    return [updated(document, betas[part]) for document, part in zip(documents, parts, strict=True)]


def dropped(documents: Sequence[Document]) -> list[Document]:
    """What stands on two other documents or more, and on at least half of those seen, is no content: the rule without a model."""
    rule = [(document.recurs >= 2) & (document.recurs >= document.seen / 2) for document in documents]
    return [replace(document, article=np.where(out, 0, document.article)) for document, out in zip(documents, rule, strict=True)]


def perfect(documents: Sequence[Document]) -> list[Document]:
    """A perfect judge of what stands on another document: no evidence about it can bring more."""
    judged = [np.where((d.recurs > 0) & (d.gold >= 0), d.gold, d.article) for d in documents]
    return [replace(document, article=article) for document, article in zip(documents, judged, strict=True)]


def kept(document: Document, threshold: float) -> np.ndarray:
    """What is kept of a page, as the program decides it."""
    keep = keep_something(document.article >= threshold, document.article[:, None], frozenset({0}), np.array([0, len(document.article)]))
    return drop_repeats(keep, _page(document).texts)


def page_figures(documents: Sequence[Document]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Word F1 of each page, and what is kept of it; each part at the threshold that is best for the other parts."""
    parts = part_of(documents)
    keeps = [[kept(document, threshold) for threshold in THRESHOLDS[::3]] for document in documents]
    f1 = np.array([[kept_f1(_page(d), keep) for keep in own] for d, own in zip(documents, keeps, strict=True)])
    best = [int(f1[parts != part].mean(axis=0).argmax()) if (parts != part).any() else 0 for part in range(PARTS)]
    at = [best[part] for part in parts]
    return f1[np.arange(len(f1)), at], [own[i] for own, i in zip(keeps, at, strict=True)]


def interval(documents: Sequence[Document], gains: np.ndarray) -> str:
    """95% bootstrap interval of a mean over documents, sites drawn."""
    return _between([gains[own].mean() for own in _draws(documents, DRAWS)])


def _draws(documents: Sequence[Document], n_draws: int) -> Iterator[np.ndarray]:
    """The documents of as many sites as there are, drawn with repeats."""
    members: dict[str, list[int]] = defaultdict(list)
    for i, document in enumerate(documents):
        members[document.site].append(i)
    sites, rng = sorted(members), np.random.default_rng(0)
    for _ in range(n_draws):
        yield np.array([i for site in rng.integers(0, len(sites), len(sites)) for i in members[sites[site]]])


def _between(gains: Sequence[float]) -> str:
    low, high = np.quantile(gains, [0.025, 0.975])
    return f"{low:+.4f} to {high:+.4f}"


def report_pages(documents: Sequence[Document]) -> None:
    """What recurs, and what each way to use it brings to web pages."""
    before, keeps = page_figures(documents)
    gold, words, recurs = (np.concatenate([getattr(d, name) for d in documents]) for name in ("gold", "words", "recurs"))
    keep = np.concatenate(keeps)
    print(f"\n**Web pages**: {len(documents)} pages of {_sites(documents)} sites, word F1 {before.mean():.4f}\n")
    print("| other pages that have the line | words of main content | of them lost | other words | of them kept |\n|---|---|---|---|---|")
    for name, own in (("none", recurs == 0), ("1", recurs == 1), ("2", recurs == 2), ("3 and more", recurs >= 3)):
        content, other = own & (gold == 1), own & (gold == 0)
        print(f"| {name} | {words[content].sum()} | {words[content & ~keep].sum()} | {words[other].sum()} | {words[other & keep].sum()} |")
    kinds = sorted({document.kind for document in documents})
    heads = ("evidence", "gain", "95% interval", "content words lost more", "found", "other words dropped more", *kinds)
    print(f"\n| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    for name, method in (("drop what half of the site has", dropped), ("update of the logit", update)):
        after, now = page_figures(method(documents))
        gain, later = after - before, np.concatenate(now)
        moved = [words[(gold == 1) & keep & ~later], words[(gold == 1) & ~keep & later], words[(gold == 0) & keep & ~later]]
        by_kind = [f"{gain[[document.kind == kind for document in documents]].mean():+.4f}" for kind in kinds]
        cells = [f"{gain.mean():+.4f}", interval(documents, gain), *(str(each.sum()) for each in moved), *by_kind]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def report_seen(documents: Sequence[Document]) -> None:
    """How it grows with the number of pages that have been seen of a site."""
    print("\n| other pages seen | sites | pages | update | 95% interval | perfect judge |\n" + "|---" * 6 + "|")
    before, _ = page_figures(recurring(documents))
    sizes = Counter(document.site for document in documents)
    for seen in SEEN:
        counted = recurring(documents, seen)
        own = [i for i, document in enumerate(counted) if sizes[document.site] > seen]
        gain, most = ((page_figures(method(counted))[0] - before)[own] for method in (update, perfect))
        mine = [counted[i] for i in own]
        cells = f"{gain.mean():+.4f} | {interval(mine, gain)} | {most.mean():+.4f}"
        print(f"| {seen} | {_sites(mine)} | {len(mine)} | {cells} |", flush=True)


def report_made(documents: Sequence[Document], threshold: float) -> None:
    """Made sites: the lines around the content of one page, around the content of pages from elsewhere.

    Every line keeps the score that it has where it comes from. The furniture of a made site recurs on every page without any change,
    which flatters the evidence: on real sites what is around the content, such as related products, differs from page to page.
    """
    rng = np.random.default_rng(0)
    beta = fit_update(recurring(documents))
    with_content = [document for document in documents if (document.gold == 1).any() and _page(document).reference is not None]
    found: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for host in rng.permutation(len(with_content))[:MADE_SITES]:
        kind = with_content[host].kind
        guests = [i for i, other in enumerate(with_content) if other.kind == kind and other.site != with_content[host].site]
        for guest in rng.permutation(guests)[:MADE_PAGES]:
            made = join(with_content[host], with_content[guest])
            ways = (made, updated(made, beta), *perfect([made]))
            found[kind].append(tuple(kept_f1(_page(way), kept(way, threshold)) for way in ways))  # type: ignore[arg-type]
    print(f"\n**Made sites** of {MADE_PAGES} pages: {MADE_SITES}, by type of the page whose furniture they have\n")
    print("| | pages | word F1 | update | perfect judge |\n|---|---|---|---|---|")
    for kind, rows in [*sorted(found.items()), ("all", [row for own in found.values() for row in own])]:
        mean = np.mean(rows, axis=0)
        print(f"| {kind} | {len(rows)} | {mean[0]:.4f} | {mean[1] - mean[0]:+.4f} | {mean[2] - mean[0]:+.4f} |")


def join(host: Document, guest: Document) -> Document:
    """The guest's lines from the first to the last of its content, within what is before and after the host's.

    Words of the host count as found and wanted nowhere.
    """
    (begin, stop), (first, last) = (np.flatnonzero(document.gold == 1)[[0, -1]] + [0, 1] for document in (host, guest))
    around, page, furniture = np.r_[0:begin, stop : len(host.gold)], _page(guest), _page(host)
    reference = np.append(page.reference if page.reference is not None else [], 0).astype(np.int64)

    def joined(name: str) -> np.ndarray:
        of_host, of_guest = getattr(host, name), getattr(guest, name)
        return np.concatenate([of_host[:begin], of_guest[first:last], of_host[stop:]])

    foreign = [np.full(len(furniture.words[i]), len(reference) - 1) for i in around.tolist()]
    words = (*foreign[:begin], *page.words[first:last], *foreign[begin:])
    texts = (*furniture.texts[:begin], *page.texts[first:last], *furniture.texts[stop:])
    recurs = np.full(len(texts), MADE_PAGES - 1)
    recurs[begin : begin + last - first] = 0
    gold = joined("gold")
    gold[recurs > 0] = 0
    made = replace(page, reference=reference, words=words, texts=texts)
    return replace(guest, article=joined("article"), gold=gold, words=joined("words"), page=made, recurs=recurs, seen=MADE_PAGES - 1)


def removed(documents: Sequence[Document], share: float) -> float:
    """Share of the words of noise removed, at the threshold that keeps a share of the article words."""
    article, gold, words = (np.concatenate([getattr(document, name) for document in documents]) for name in ("article", "gold", "words"))
    mine = np.flatnonzero(gold == 1)
    mine = mine[np.argsort(article[mine], kind="stable")]
    lost = np.cumsum(words[mine])
    threshold = article[mine[min(np.searchsorted(lost, (1 - share) * lost[-1], side="right"), len(mine) - 1)]]
    return float(words[(gold == 0) & (article < threshold)].sum() / max(words[gold == 0].sum(), 1))


def report_text(documents: Sequence[Document]) -> None:
    """What the evidence brings to plain text: noise removed with as many article words kept."""
    print(f"\n**Text**: {len(documents)} labelled pages of {_sites(documents)} sites; words of noise removed\n")
    print("| article words kept | before | update | 95% interval |\n|---|---|---|---|")
    after, draws = update(documents), list(_draws(documents, DRAWS // 5))
    for share in (0.99, 0.98, 0.95):
        gains = [removed([after[i] for i in own], share) - removed([documents[i] for i in own], share) for own in draws]
        base = removed(documents, share)
        print(f"| {share} | {base:.4f} | {removed(after, share) - base:+.4f} | {_between(gains)} |", flush=True)
    print(f"\nF1 of article lines {article_f1(documents):.4f}, with the update {article_f1(after):.4f}")


def article_f1(documents: Sequence[Document]) -> float:
    """F1 of article lines where the likelier of article and noise is the label."""
    article, gold = (np.concatenate([getattr(document, name) for document in documents]) for name in ("article", "gold"))
    found = article >= 0.5
    return float(2 * (found & (gold == 1)).sum() / max(found.sum() + (gold == 1).sum(), 1))


def _page(document: Document) -> Webpage:
    if document.page is None:
        raise ValueError(f"{document.site}: lines of text have no page")
    return document.page


def _sites(documents: Sequence[Document]) -> int:
    return len({document.site for document in documents})


if __name__ == "__main__":
    typer.run(main)
