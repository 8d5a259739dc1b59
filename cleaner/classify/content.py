"""Where the content of a page seems to lie: how its probable article words spread over containers, sections, copies and stretches.

Worked out one page at a time, so that the columns do not depend on what else is in the batch.
"""

from __future__ import annotations

import numpy as np

from cleaner.features.markup import FACTS, LEVELS, Markup

MAX_WORDS = 400  # a longer paragraph weighs no more
N_COLUMNS = 3 * LEVELS + 40
_HEADING_LEVEL, _LINK_SHARE, _IS_HIDDEN = (FACTS.index(name) for name in ("heading_level", "link_share", "is_hidden"))
_SECTION_LEVELS = (6, 2)  # sections below any heading, and below main ones


def content_columns(article: np.ndarray, words: np.ndarray, copies: np.ndarray, markup: Markup, own: slice) -> np.ndarray:
    """The columns of one page.

    Args:
        article: shape (n,), probability of article of each paragraph alone.
        words: shape (n,), int64.
        copies: shape (n,), equal for equal paragraphs.
        markup: of the batch.
        own: the page's n paragraphs in it.

    Returns:
        Shape (N_COLUMNS, n), float64, unrounded, mostly in [-2, 2].
    """
    page = _Page(article.astype(np.float64), np.clip(words, 1, MAX_WORDS).astype(np.float64))
    begins, stops, facts = markup.begins[:, own] - own.start, markup.stops[:, own] - own.start, markup.facts[own]
    columns = [
        *page.containers(begins, stops),
        *page.cut(),
        *page.groups(markup.alike[own] - own.start),
        *page.copies(copies, facts[:, _IS_HIDDEN] > 0),
        *page.sections(np.rint(facts[:, _HEADING_LEVEL] * 6), facts[:, _LINK_SHARE]),
    ]
    return np.stack([np.broadcast_to(column, page.index.shape) for column in columns])


class _Page:
    """One page's paragraphs and their running sums."""

    def __init__(self, article: np.ndarray, words: np.ndarray) -> None:
        self.n = len(article)
        self.index = np.arange(self.n)
        self.article, self.words = article, words
        self.mass = article * words  # probable article words
        self.masses, self.totals = (np.concatenate([[0.0], np.cumsum(values)]) for values in (self.mass, words))
        self.all_mass, self.all_words = self.masses[-1] + 1e-6, self.totals[-1]

    def containers(self, begins: np.ndarray, stops: np.ndarray) -> list[np.ndarray]:
        """How well keeping all of a container would do, what share of the mass it holds; the best one, and how far it is."""
        mass, words = self.masses[stops] - self.masses[begins], self.totals[stops] - self.totals[begins]
        f1 = 2 * mass / np.maximum(words + self.all_mass, 1)
        best = f1.max()
        level, at = np.unravel_index(f1.argmax(), f1.shape)
        begin, stop = begins[level, at], stops[level, at]
        return [
            *(f1 / max(best, 1e-6)),
            *(mass / self.all_mass),
            *np.minimum(words / (stops - begins) / 40, 2.5),
            (self.index >= begin) & (self.index < stop),
            _distance(self.index - begin),
            _distance(self.index - stop),
            best,
            (self.totals[stop] - self.totals[begin]) / self.all_words,
        ]

    def cut(self) -> list[np.ndarray]:
        """The threshold that would do best if the probabilities were right, and the stretches that it would keep."""
        order = np.argsort(-self.article, kind="stable")
        f1 = 2 * np.cumsum(self.mass[order]) / (np.cumsum(self.words[order]) + self.all_mass)
        threshold = self.article[order[f1.argmax()]]
        keep = self.article >= threshold
        rank = np.empty(self.n)
        rank[order] = np.cumsum(self.words[order]) / self.all_words
        stretch = np.concatenate([[0], np.cumsum(keep[1:] != keep[:-1])])
        mass, words = np.bincount(stretch, self.mass), np.bincount(stretch, self.words)
        main = np.where(np.bincount(stretch, keep) > 0, mass, -1).argmax()
        inside = np.flatnonzero(stretch == main)
        return [
            keep,
            self.article - threshold,
            threshold,
            f1.max(),
            rank,
            self.all_mass / self.all_words,
            _log(self.all_words) / 2,
            _log(self.all_mass) / 2,
            mass[stretch] / self.all_mass,
            _log(words[stretch]) / 2,
            _distance(self.index - inside[0]),
            _distance(self.index - inside[-1]),
            stretch == main,
            self.masses[:-1] / self.all_mass,
        ]

    def groups(self, alike: np.ndarray) -> list[np.ndarray]:
        """What share of the mass the paragraphs alike hold, and how well keeping all of them would do."""
        mass, words = np.bincount(alike, self.mass, self.n), np.bincount(alike, self.words, self.n)
        return [(mass / self.all_mass)[alike], (2 * mass / (words + self.all_mass))[alike]]

    def copies(self, copies: np.ndarray, is_hidden: np.ndarray) -> list[np.ndarray]:
        """How often a paragraph stands on the page, what the copies look like, and whether this is the first."""
        _, first, copy = np.unique(copies, return_index=True, return_inverse=True)
        counts = np.bincount(copy)
        highest = np.zeros(len(counts))
        np.maximum.at(highest, copy, self.article)
        return [
            _log(counts[copy] - 1),
            (np.bincount(copy, self.article) / counts)[copy],
            highest[copy],
            first[copy] == self.index,
            (np.bincount(copy, is_hidden) > 0)[copy],
        ]

    def sections(self, levels: np.ndarray, link_share: np.ndarray) -> list[np.ndarray]:
        """What the section between two headings holds, what its heading looks like; how far the first-level headings are."""
        columns: list[np.ndarray] = []
        for lowest in _SECTION_LEVELS:
            opens = (levels > 0) & (levels <= lowest)
            before, after = self._nearest(opens)
            section = np.cumsum(opens)
            words = np.maximum(np.bincount(section, self.words), 1)
            columns += [
                (np.bincount(section, self.mass) / words)[section],
                _log(words[section]) / 2,
                (np.bincount(section, self.words * link_share) / words)[section],
                np.where(before >= 0, self.article[np.maximum(before, 0)], 0),
                _log(self.index - before),
                _log(after - self.index),
            ]
        before, after = self._nearest(levels == 1)
        return [*columns, before >= 0, after < self.n]

    def _nearest(self, flags: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The last flagged paragraph up to each one (-1 where there is none) and the next from it on (n where there is none)."""
        before = np.maximum.accumulate(np.where(flags, self.index, -1))
        return before, np.minimum.accumulate(np.where(flags, self.index, self.n)[::-1])[::-1]


def _log(values: np.ndarray) -> np.ndarray:
    return np.log1p(values) / 4


def _distance(steps: np.ndarray) -> np.ndarray:
    return np.sign(steps) * _log(np.abs(steps))
