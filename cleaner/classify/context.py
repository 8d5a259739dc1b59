"""The context of each paragraph: what stands before and after it, where it stands, and what its document is made of.

Every column is a sum, a mean over a window, a shift or a distance, rounded to the grid: the same whatever else is in
the batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cleaner.classify.grid import snap
from cleaner.classify.layout import STEM_BITS, Layout
from cleaner.features.shape import logarithm
from cleaner.records import Label, Scheme

STEP = 1 / 128
LIMIT = 4.0
PROBABILITY_STEP = 1 / 256
NEAR = (1, 2, 3)  # neighbours seen one by one
WINDOWS = ((4, 6), (7, 12), (13, 24))  # farther ones as means
LABEL_WINDOWS = ((1, 2), (1, 5), (1, 12), (1, 40))  # word-weighted means of labels
SHAPE_WINDOWS = ((1, 3), (1, 8))
LONG_WORDS = (8, 20)  # a line of so many words is a sentence, a paragraph
MAX_WORDS = 60  # longer paragraphs weigh no more
ANCHORS = (("article", 0.6), ("advertisement", 0.5), ("related", 0.5), ("comment", 0.5), ("navigation", 0.8))
MAX_DISTANCE = 60


@dataclass(frozen=True, slots=True)
class _Place:
    """Index arrays that all columns share.

    Attributes:
        index: shape (n,), the paragraphs.
        first: shape (n,), first paragraph of each one's document.
        stop: shape (n,), one past its last.
        document: shape (n,), the document.
    """

    index: np.ndarray
    first: np.ndarray
    stop: np.ndarray
    document: np.ndarray

    def neighbour(self, offset: int) -> np.ndarray:
        """Index of the paragraph `offset` away, n where the document has none: the row of zeros that `_padded` adds."""
        other = self.index + offset
        return np.where((other >= self.first) & (other < self.stop), other, len(self.index))

    def window(self, low: int, high: int) -> tuple[np.ndarray, np.ndarray]:
        """First and stop index of the paragraphs `low` to `high` away, cut at the document's ends."""
        begin = np.minimum(np.maximum(self.index + low, self.first), self.stop)
        return begin, np.maximum(np.minimum(self.index + high + 1, self.stop), begin)


def context(logits: np.ndarray, probabilities: np.ndarray, layout: Layout, scheme: Scheme) -> np.ndarray:
    """The columns that the sequence model sees of each paragraph.

    Args:
        logits: shape (n, k), scores of the paragraph model.
        probabilities: shape (n, k), the same as probabilities.
        layout: the documents.
        scheme: the k kinds.

    Returns:
        Shape (n, n_columns), float32, multiples of `STEP` in [-LIMIT, LIMIT].
    """
    sizes = np.diff(layout.bounds)
    place = _Place(
        np.arange(len(logits)),
        np.repeat(layout.bounds[:-1], sizes),
        np.repeat(layout.bounds[1:], sizes),
        np.repeat(np.arange(len(sizes)), sizes),
    )
    kinds = np.rint(probabilities / PROBABILITY_STEP).astype(np.int32)  # whole steps: sums are exact
    membership = np.array([[label is own for label in Label] for own in scheme.labels])
    labels = kinds @ membership.astype(np.int32)
    blocks = [
        logits / 8,
        *_neighbours(kinds, layout.shape, place),
        *_windows(kinds, place),
        *_word_windows(labels, kinds, layout.words, place),
        _position(place),
        *_long_lines(kinds, layout.words, place),
        _anchors(kinds, labels, scheme, place),
        *_similarity(layout, place),
        *_gaps(kinds, layout.gap, place),
        _affinity(labels, layout, place),
        _repetition(layout, place),
    ]
    table = np.concatenate([block.reshape(len(logits), -1) for block in blocks], axis=1, dtype=np.float32)
    return snap(table, STEP, LIMIT)


def _padded(rows: np.ndarray) -> np.ndarray:
    """The rows with one row of zeros behind."""
    return np.concatenate([rows, np.zeros((1, *rows.shape[1:]), rows.dtype)])


def _running(rows: np.ndarray) -> np.ndarray:
    """Running sums with a leading row of zeros: any window's sum is one subtraction."""
    sums = np.zeros((len(rows) + 1, *rows.shape[1:]), np.int64)
    np.cumsum(rows, axis=0, out=sums[1:])
    return sums


def _mean(sums: np.ndarray, begin: np.ndarray, stop: np.ndarray, step: float = PROBABILITY_STEP) -> np.ndarray:
    """Means over windows, 0 where a window is empty."""
    return (sums[stop] - sums[begin]) * (step / np.maximum(stop - begin, 1))[:, None]


def _neighbours(kinds: np.ndarray, shape: np.ndarray, place: _Place) -> Iterator[np.ndarray]:
    near, shapes = _padded(kinds), _padded(shape)
    for distance in NEAR:
        for offset in (-distance, distance):
            yield near[place.neighbour(offset)] * PROBABILITY_STEP
    yield shape
    for offset in (-1, 1):
        yield shapes[place.neighbour(offset)]


def _windows(kinds: np.ndarray, place: _Place) -> Iterator[np.ndarray]:
    sums = _running(kinds)
    for low, high in WINDOWS:
        yield _mean(sums, *place.window(-high, -low))
        yield _mean(sums, *place.window(low, high))
    yield _mean(sums, place.first, place.stop)
    yield _mean(sums, place.first, place.index)
    yield _mean(sums, place.index + 1, place.stop)


def _word_windows(labels: np.ndarray, kinds: np.ndarray, words: np.ndarray, place: _Place) -> Iterator[np.ndarray]:
    """Mixes by words: of the document, of what lies before and after, of windows."""
    weight = np.minimum(words, MAX_WORDS)[:, None]
    sums, weights = _running(labels * weight), _running(weight)
    all_kinds = _running(kinds * weight)
    total = all_kinds[place.stop] - all_kinds[place.first]
    yield total / np.maximum(total.sum(axis=1, keepdims=True), 1)
    article = list(Label).index(Label.ARTICLE)
    before = sums[place.index, article] - sums[place.first, article]
    after = sums[place.stop, article] - sums[place.index + 1, article]
    whole = np.maximum(sums[place.stop, article] - sums[place.first, article], 1)
    yield np.stack([before / whole, after / whole, _log_steps(before), _log_steps(after)], axis=1)
    for low, high in LABEL_WINDOWS:
        for begin, stop in (place.window(-high, -low), place.window(low, high)):
            mass = weights[stop] - weights[begin]
            yield (sums[stop] - sums[begin]) * PROBABILITY_STEP / np.maximum(mass, 1)
            yield logarithm(mass)


def _log_steps(sums: np.ndarray) -> np.ndarray:
    return logarithm((sums * PROBABILITY_STEP).astype(np.int64))


def _position(place: _Place) -> np.ndarray:
    size, at = place.stop - place.first, place.index - place.first
    behind = size - 1 - at
    flags = [at == 0, behind == 0, at < 3, behind < 3]
    return np.stack([at / size, logarithm(at), logarithm(behind), logarithm(size), *flags], axis=1)


def _nearest(flags: np.ndarray, place: _Place) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The nearest flagged paragraph before and after each one (n where there is none) and the distances."""
    n = len(flags)
    before = np.full(n + 1, -1)
    np.maximum.accumulate(np.where(flags, place.index, -1), out=before[1:])
    after = np.full(n + 1, n)
    after[:-1] = np.minimum.accumulate(np.where(flags, place.index, n)[::-1])[::-1]
    before, after = before[:-1], after[1:]
    before = np.where(before >= place.first, before, n)
    after = np.where(after < place.stop, after, n)
    to_before = np.where(before < n, np.minimum(place.index - before, MAX_DISTANCE), MAX_DISTANCE)
    to_after = np.where(after < n, np.minimum(after - place.index, MAX_DISTANCE), MAX_DISTANCE)
    return before, after, to_before, to_after


def _long_lines(kinds: np.ndarray, words: np.ndarray, place: _Place) -> Iterator[np.ndarray]:
    """The kinds of the nearest longer paragraphs, how far they are, and how many the document has."""
    near = _padded(kinds)
    for least in LONG_WORDS:
        flags = words >= least
        before, after, to_before, to_after = _nearest(flags, place)
        yield near[before] * PROBABILITY_STEP
        yield near[after] * PROBABILITY_STEP
        yield np.stack([logarithm(to_before), logarithm(to_after)], axis=1)
        yield _mean(_running(flags[:, None]), place.first, place.stop, 1.0)


def _anchors(kinds: np.ndarray, labels: np.ndarray, scheme: Scheme, place: _Place) -> np.ndarray:
    """Distances to the nearest paragraph that is surely of a label or kind; 'article' and such name the label."""
    names = [label.value for label in Label]
    distances: list[np.ndarray] = []
    for name, least in ANCHORS:
        column = labels[:, names.index(name)] if name in names else kinds[:, scheme.kinds.index(name)]
        distances += _nearest(column * PROBABILITY_STEP > least, place)[2:]
    return logarithm(np.stack(distances, axis=1))


def _similarity(layout: Layout, place: _Place) -> Iterator[np.ndarray]:
    """How a paragraph's length and shape differ from those around it."""
    steps = np.rint(layout.shape / STEP).astype(np.int64)
    length = np.rint(logarithm(layout.words) / STEP).astype(np.int64)[:, None]
    sums = _running(np.concatenate([length, length**2, steps], axis=1))

    def moments(begin: np.ndarray, stop: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        means = _mean(sums, begin, stop, 1.0)
        spread = np.sqrt(np.maximum(means[:, 1:2] - means[:, :1] ** 2, 0))
        return means[:, :1] * STEP, spread * STEP, means[:, 2:] * STEP

    own = length * STEP
    for low, high in SHAPE_WINDOWS:
        for begin, stop in (place.window(-high, -low), place.window(low, high)):
            mean, spread, shape = moments(begin, stop)
            apart = ((layout.shape - shape) ** 2).mean(axis=1, keepdims=True)
            yield np.concatenate([mean, np.abs(own - mean), spread, apart], axis=1)
    mean, spread, _ = moments(place.first, place.stop)
    yield np.concatenate([mean, spread, own - mean], axis=1)


def _gaps(kinds: np.ndarray, gap: np.ndarray, place: _Place) -> Iterator[np.ndarray]:
    """Blank lines around, and the mix of the block between them; zeros where all or no paragraphs are set apart."""
    is_open = gap > 1
    share = _mean(_running(is_open[:, None]), place.first, place.stop, 1.0)[:, 0]
    share *= (place.stop - place.first) / np.maximum(place.stop - place.first - 1, 1)
    tells = (share > 0) & (share <= 0.98)
    behind = _padded(is_open)[place.neighbour(1)]
    yield np.stack([share, (is_open - share) * tells, (behind - share) * tells], axis=1)
    opens = is_open | (place.index == place.first)
    block = np.maximum.accumulate(np.where(opens, place.index, 0))
    before, after, _, _ = _nearest(opens, place)
    stop = np.where(after < len(gap), after, place.stop)
    yield _mean(_running(kinds), block, stop) * tells[:, None]
    yield np.stack([logarithm(place.index - block) * tells, logarithm(stop - place.index) * tells], axis=1)


def _affinity(labels: np.ndarray, layout: Layout, place: _Place) -> np.ndarray:
    """How the content words of a paragraph recur in the rest of its document, and in what label.

    Returns:
        Shape (n, 10), float64: means over the paragraph's different stems.
    """
    n, owner = len(labels), layout.stem_paragraph
    key = (place.document[owner] << STEM_BITS) | layout.stems
    n_cells = len(layout.bounds) << STEM_BITS
    long_words = np.minimum(layout.words, 40)
    article = list(Label).index(Label.ARTICLE)
    n_stems = np.maximum(np.bincount(owner, minlength=n), 1)

    def elsewhere(values: np.ndarray) -> np.ndarray:
        """Sum of a paragraph's value over the other paragraphs that share the stem; whole numbers, so exact."""
        return (np.bincount(key, values[owner], n_cells)[key] - values[owner]).astype(np.int64)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.bincount(owner, values, n) / n_stems

    others = elsewhere(np.ones(n, np.int64))
    mass = [elsewhere(labels[:, i]) for i in range(len(Label))]
    bulk = elsewhere(labels[:, article] * long_words)
    one = round(1 / PROBABILITY_STEP)
    grain = 1 << 10  # ratios in whole 1/1024 keep sums exact

    def ratio(part: np.ndarray) -> np.ndarray:
        return mean(part * (grain // one) // np.maximum(others, 1)) / grain

    rest = sum(mass) - mass[article]
    return np.stack(
        [
            mean(others > 0),
            mean(np.minimum(others, 8)) / 8,
            *(ratio(part) for part in mass[:2]),
            *(mean(np.minimum(part, 3 * one)) / (3 * one) for part in mass[:2]),
            mean(mass[article] > rest),
            mean(np.minimum(bulk, 60 * one)) / (60 * one),
            mean(bulk > 10 * one),
            logarithm(n_stems),
        ],
        axis=1,
    )


def _repetition(layout: Layout, place: _Place) -> np.ndarray:
    """How often a paragraph, its first and its last token recur in the document, and whether a neighbour shares them."""
    columns = [logarithm(_others(layout.whole, place))]
    for hashes in (layout.opening, layout.closing):
        same = np.zeros(len(hashes) + 1, bool)
        same[1:-1] = (hashes[1:] == hashes[:-1]) & (place.document[1:] == place.document[:-1])
        columns += [same[:-1], same[1:], logarithm(_others(hashes, place))]
    return np.stack(columns, axis=1)


def _others(hashes: np.ndarray, place: _Place) -> np.ndarray:
    """How many other paragraphs of the document have the same hash."""
    _, inverse, counts = np.unique((place.document << 32) | hashes, return_inverse=True, return_counts=True)
    return counts[inverse] - 1
