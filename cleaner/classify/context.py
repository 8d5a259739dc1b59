"""The context of each paragraph: what stands before and after it, where it stands, and what its document is made of.

Every column is a sum, a mean over a window, a shift or a distance, rounded to a grid: the same whatever else is in the
batch. Tables lie on their side, a column a row of memory: numpy then works along thousands of paragraphs, not nine kinds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cleaner.classify.layout import STEM_BITS, Layout
from cleaner.classify.linear import normalised
from cleaner.features.shape import NAMES, logarithm
from cleaner.records import Label, Scheme

STEP = 1 / 128
LIMIT = 2.5  # no column exceeds it: logarithms end at 2.08
PROBABILITY_STEPS = 256  # probabilities are counted in whole steps of 1/256: their sums are exact
LOGIT_LIMIT, LOGIT_SCALE = 12.0, 8.0  # scores of the first pass beyond the limit are sure
NEAR = (1, 2)  # neighbours seen one by one
WINDOWS = ((3, 3), (4, 6), (7, 12), (13, 24))  # farther ones as means, and of labels: kinds of so far away tell no more
LABEL_WINDOWS = ((1, 2), (1, 5), (1, 12), (1, 40))  # word-weighted means of labels
LENGTH_WINDOWS = ((1, 3), (1, 8))
LONG_WORDS = (8, 20)  # a paragraph of so many words is a sentence, a real paragraph
MAX_WORDS = 60  # longer paragraphs weigh no more
ANCHORS = (("article", 0.6), ("advertisement", 0.5), ("related", 0.5), ("comment", 0.5), ("navigation", 0.8))
MAX_DISTANCE = 60
# What is worth knowing of the shape of the paragraphs right before and after.
OUTLINE = [
    NAMES.index(name)
    for name in ("log_chars", "log_words", "mean_word_chars", "token_share_upper", "token_share_digit", "token_share_punctuation",
                 "ends_.", "ends_:", "ends_?", "opens_•", "opens_-", "opens_lower")
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Place:
    """Index arrays that all columns share, shape (n,) each.

    Attributes:
        index: the paragraphs.
        first: first paragraph of each one's document.
        stop: one past its last.
        document: the document.
    """

    index: np.ndarray
    first: np.ndarray
    stop: np.ndarray
    document: np.ndarray

    def neighbour(self, offset: int) -> np.ndarray:
        """Index of the paragraph `offset` away, n where the document has none: the zeros that `_padded` adds."""
        other = self.index + offset
        return np.where((other >= self.first) & (other < self.stop), other, len(self.index))

    def window(self, low: int, high: int) -> tuple[np.ndarray, np.ndarray]:
        """First and stop index of the paragraphs `low` to `high` away, cut at the document's ends."""
        begin = np.minimum(np.maximum(self.index + low, self.first), self.stop)
        return begin, np.maximum(np.minimum(self.index + (high + 1), self.stop), begin)


def context(logits: np.ndarray, layout: Layout, scheme: Scheme) -> np.ndarray:
    """The columns that the sequence model sees of each paragraph.

    Args:
        logits: shape (n, k), what the first pass says of each paragraph alone.
        layout: the documents.
        scheme: the k kinds.

    Returns:
        Shape (n, n_columns), float32, whole numbers of `STEP`: a value of 0.5 is 64. Between -LIMIT and LIMIT, in steps.
    """
    sizes = np.diff(layout.bounds)
    place = _Place(
        np.arange(len(logits)),
        np.repeat(layout.bounds[:-1], sizes),
        np.repeat(layout.bounds[1:], sizes),
        np.repeat(np.arange(len(sizes)), sizes),
    )
    kinds = np.rint(np.ascontiguousarray(normalised(logits).T) * np.float32(PROBABILITY_STEPS))
    labels = np.stack([sum(kinds[i] for i, own in enumerate(scheme.labels) if own is label) for label in Label])
    outline = np.ascontiguousarray(layout.shape.T)
    blocks = [
        np.clip(logits.T, -LOGIT_LIMIT, LOGIT_LIMIT) / LOGIT_SCALE,  # a paragraph's own evidence, not weighed against itself
        *_neighbours(kinds, outline, place),
        *_windows(kinds, labels, place),
        *_word_windows(labels, kinds, layout.words, place),
        _position(place),
        *_long_paragraphs(labels, layout.words, place),
        _anchors(kinds, labels, scheme, place),
        *_lengths(layout.words, place),
        *_gaps(labels, layout.gap, place),
        _affinity(labels, layout, place),
        _repetition(layout, place),
    ]
    table = np.concatenate(blocks, dtype=np.float32, casting="unsafe")
    table *= np.float32(1 / STEP)
    return np.rint(table, out=table).T


def count_columns(scheme: Scheme) -> int:
    """How many columns `context` gives for a scheme."""
    one, none, hashed = np.zeros(1, np.int64), np.zeros(0, np.int64), np.zeros(1, np.uint32)
    layout = Layout(np.arange(2), one, one, np.zeros((1, len(NAMES)), np.float32), none, none, hashed, hashed, hashed)
    return context(np.zeros((1, len(scheme.kinds)), np.float32), layout, scheme).shape[1]


def _padded(columns: np.ndarray) -> np.ndarray:
    """The columns with one zero behind each."""
    return np.concatenate([columns, np.zeros((len(columns), 1), columns.dtype)], axis=1)


def _running(columns: np.ndarray) -> np.ndarray:
    """Running sums with a leading zero: any window's sum is one subtraction. Whole numbers in doubles, so exact."""
    sums = np.zeros((len(columns), columns.shape[1] + 1))
    np.cumsum(columns, axis=1, out=sums[:, 1:])
    return sums


def _total(sums: np.ndarray, begin: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Sums over windows."""
    return sums.take(stop, axis=1) - sums.take(begin, axis=1)


def _mean(sums: np.ndarray, begin: np.ndarray, stop: np.ndarray, one: float = PROBABILITY_STEPS) -> np.ndarray:
    """Means over windows, 0 where a window is empty."""
    return _total(sums, begin, stop) / (np.maximum(stop - begin, 1) * one)


def _neighbours(kinds: np.ndarray, shape: np.ndarray, place: _Place) -> Iterator[np.ndarray]:
    near, outline = _padded(kinds / np.float32(PROBABILITY_STEPS)), _padded(shape[OUTLINE])
    for distance in NEAR:
        for offset in (-distance, distance):
            yield near.take(place.neighbour(offset), axis=1)
    yield shape
    for offset in (-1, 1):
        yield outline.take(place.neighbour(offset), axis=1)


def _windows(kinds: np.ndarray, labels: np.ndarray, place: _Place) -> Iterator[np.ndarray]:
    sums = _running(labels)
    for low, high in WINDOWS:
        yield _mean(sums, *place.window(-high, -low))
        yield _mean(sums, *place.window(low, high))
    sums = _running(kinds)
    yield _mean(sums, place.first, place.stop)
    yield _mean(sums, place.first, place.index)
    yield _mean(sums, place.index + 1, place.stop)


def _word_windows(labels: np.ndarray, kinds: np.ndarray, words: np.ndarray, place: _Place) -> Iterator[np.ndarray]:
    """Mixes by words: of the document, of what lies before and after, of windows."""
    weight = np.minimum(words, MAX_WORDS)
    total = _total(_running(kinds * weight), place.first, place.stop)
    yield total / np.maximum(total.sum(axis=0), 1)
    sums = _running(np.concatenate([labels * weight, weight[None]]))
    article = list(Label).index(Label.ARTICLE)
    before = sums[article, place.index] - sums[article, place.first]
    after = sums[article, place.stop] - sums[article, place.index + 1]
    whole = np.maximum(sums[article, place.stop] - sums[article, place.first], 1)
    yield np.stack([before / whole, after / whole, logarithm(before // PROBABILITY_STEPS), logarithm(after // PROBABILITY_STEPS)])
    for low, high in LABEL_WINDOWS:
        for begin, stop in (place.window(-high, -low), place.window(low, high)):
            window = _total(sums, begin, stop)
            yield window[:-1] / np.maximum(window[-1] * PROBABILITY_STEPS, 1)
            yield logarithm(window[-1:])


def _position(place: _Place) -> np.ndarray:
    size, at = place.stop - place.first, place.index - place.first
    behind = size - 1 - at
    flags = [at == 0, behind == 0, at < 3, behind < 3]
    return np.stack([at / size, logarithm(at), logarithm(behind), logarithm(size), *flags])


def _nearest(flags: np.ndarray, place: _Place) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The nearest flagged paragraph before and after each one (n where there is none) and the distances."""
    n = len(flags)
    before = np.full(n + 1, -1)
    np.maximum.accumulate(np.where(flags, place.index, -1), out=before[1:])
    after = np.full(n + 1, n)
    after[:-1] = np.minimum.accumulate(np.where(flags, place.index, n)[::-1])[::-1]
    before, after = before[:-1], after[1:]
    has_before, has_after = before >= place.first, after < place.stop
    to_before = np.minimum(np.where(has_before, place.index - before, MAX_DISTANCE), MAX_DISTANCE)
    to_after = np.minimum(np.where(has_after, after - place.index, MAX_DISTANCE), MAX_DISTANCE)
    return np.where(has_before, before, n), np.where(has_after, after, n), to_before, to_after


def _long_paragraphs(labels: np.ndarray, words: np.ndarray, place: _Place) -> Iterator[np.ndarray]:
    """The labels of the nearest longer paragraphs, how far they are, and how many the document has."""
    near = _padded(labels / np.float32(PROBABILITY_STEPS))
    for least in LONG_WORDS:
        flags = words >= least
        before, after, to_before, to_after = _nearest(flags, place)
        yield near.take(before, axis=1)
        yield near.take(after, axis=1)
        yield np.stack([logarithm(to_before), logarithm(to_after)])
        yield _mean(_running(flags[None]), place.first, place.stop, 1)


def _anchors(kinds: np.ndarray, labels: np.ndarray, scheme: Scheme, place: _Place) -> np.ndarray:
    """Distances to the nearest paragraph that is surely of a label or kind; 'article' and such name the label."""
    names = [label.value for label in Label]
    distances: list[np.ndarray] = []
    for name, least in ANCHORS:
        steps = labels[names.index(name)] if name in names else kinds[scheme.kinds.index(name)]
        distances += _nearest(steps > least * PROBABILITY_STEPS, place)[2:]
    return logarithm(np.stack(distances))


def _lengths(words: np.ndarray, place: _Place) -> Iterator[np.ndarray]:
    """How a paragraph's length differs from those around it."""
    length = np.rint(logarithm(words) / STEP)
    sums = _running(np.stack([length, length**2]))

    def moments(begin: np.ndarray, stop: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        mean, square = _mean(sums, begin, stop, 1)
        return mean * STEP, np.sqrt(np.maximum(square - mean**2, 0)) * STEP

    for low, high in LENGTH_WINDOWS:
        for begin, stop in (place.window(-high, -low), place.window(low, high)):
            mean, spread = moments(begin, stop)
            yield np.stack([mean, np.abs(length * STEP - mean), spread])
    mean, spread = moments(place.first, place.stop)
    yield np.stack([mean, spread, length * STEP - mean])


def _gaps(labels: np.ndarray, gap: np.ndarray, place: _Place) -> Iterator[np.ndarray]:
    """Blank lines around, and the mix of the block between them; zeros where all or no paragraphs are set apart."""
    is_open = gap > 1
    size = place.stop - place.first
    share = _total(_running(is_open[None]), place.first, place.stop)[0] / np.maximum(size - 1, 1)
    tells = (share > 0) & (share <= 0.98)
    behind = _padded(is_open[None])[0, place.neighbour(1)]
    yield np.stack([share, (is_open - share) * tells, (behind - share) * tells])
    opens = is_open | (place.index == place.first)
    block = np.maximum.accumulate(np.where(opens, place.index, 0))
    after = _nearest(opens, place)[1]
    stop = np.where(after < len(gap), after, place.stop)
    yield _mean(_running(labels), block, stop) * tells
    yield np.stack([logarithm(place.index - block) * tells, logarithm(stop - place.index) * tells])


def _affinity(labels: np.ndarray, layout: Layout, place: _Place) -> np.ndarray:
    """How the content words of a paragraph recur in the rest of its document, and in what label.

    Returns:
        Shape (10, n), float64: means over the paragraph's different stems. All sums are of whole numbers, so exact.
    """
    n, owner = len(layout.words), layout.stem_paragraph
    key = (place.document[owner] << STEM_BITS) | layout.stems
    n_cells = len(layout.bounds) << STEM_BITS
    n_stems = np.bincount(owner, minlength=n)
    divisor = np.maximum(n_stems, 1)

    def elsewhere(values: np.ndarray) -> np.ndarray:
        """Sum of a value over the other paragraphs that share the stem."""
        mine = values[owner]
        return np.bincount(key, mine, n_cells)[key] - mine

    def mean(values: np.ndarray) -> np.ndarray:
        return np.bincount(owner, values, n) / divisor

    advertisement, article, boilerplate = (elsewhere(steps) for steps in labels)
    others = elsewhere(np.ones(n))
    bulk = elsewhere(labels[1] * np.minimum(layout.words, 40))
    per_other = np.maximum(others, 1)
    one = PROBABILITY_STEPS
    return np.stack(
        [
            mean(others > 0),
            mean(np.minimum(others, 8)) / 8,
            # Whole steps again, so that the sums stay exact.
            mean(np.rint(advertisement / per_other)) / one,
            mean(np.rint(article / per_other)) / one,
            mean(np.minimum(advertisement, 3 * one)) / (3 * one),
            mean(np.minimum(article, 3 * one)) / (3 * one),
            mean(article > advertisement + boilerplate),
            mean(np.minimum(bulk, 60 * one)) / (60 * one),
            mean(bulk > 10 * one),
            logarithm(n_stems),
        ]
    )


def _repetition(layout: Layout, place: _Place) -> np.ndarray:
    """How often a paragraph, its first and its last token recur in the document, and whether a neighbour shares them."""
    columns = [logarithm(_others(layout.whole, place))]
    for hashes in (layout.opening, layout.closing):
        same = np.zeros(len(hashes) + 1, bool)
        same[1:-1] = (hashes[1:] == hashes[:-1]) & (place.document[1:] == place.document[:-1])
        columns += [same[:-1], same[1:], logarithm(_others(hashes, place))]
    return np.stack(columns)


def _others(hashes: np.ndarray, place: _Place) -> np.ndarray:
    """How many other paragraphs of the document have the same hash."""
    keys = (place.document << 32) | hashes
    order = np.argsort(keys)
    opens = np.diff(keys[order], prepend=-1) != 0
    counts = np.diff(np.append(np.flatnonzero(opens), len(keys)))
    others = np.empty(len(keys), np.int64)
    others[order] = np.repeat(counts, counts) - 1
    return others
