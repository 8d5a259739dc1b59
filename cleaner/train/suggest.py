"""Which paragraphs are worth labelling next: those that the model is unsure of, each unlike the ones chosen before it."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cleaner.classify.decide import membership
from cleaner.records import Result, Scheme

POOL = 20  # candidates for each paragraph wanted: the unsurest of everything read
REPEATED = 0.7  # factor for every paragraph of the same document chosen before: other documents say more
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paragraph that might be labelled.

    Attributes:
        document: its document's name.
        start: first code point in the document's text.
        end: one past the last.
        text: the paragraph.
        kind: what the model takes it for.
        score: calibrated probability of that kind's label.
        uncertainty: see `uncertainties`.
    """

    document: str
    start: int
    end: int
    text: str
    kind: str
    score: float
    uncertainty: float


def suggest(results: Iterable[tuple[str, Result]], n: int, labelled: Iterable[tuple[str, int]] = ()) -> list[Candidate]:
    """Choose paragraphs to label, the most useful first.

    Args:
        results: names of documents and the verdicts on them; read once, and only candidates are held.
        n: how many to choose.
        labelled: document and start of paragraphs that have a label, or that somebody could not tell.

    Returns:
        At most n candidates.
    """
    done = set(labelled)
    heap: list[tuple[float, int, Candidate]] = []
    number = 0
    for name, result in results:
        verdicts = result.verdicts
        unsure = uncertainties(verdicts.probabilities, verdicts.scheme)
        scores = verdicts.label_scores()
        for i in np.argsort(-unsure, kind="stable")[: POOL * n].tolist():
            start, end = int(verdicts.starts[i]), int(verdicts.ends[i])
            # Earlier ones win ties, so that the choice does not depend on how the heap is ordered.
            key = (float(unsure[i]), -number)
            number += 1
            if (name, start) in done or (len(heap) == POOL * n and key <= heap[0][:2]):
                continue
            kind = verdicts.scheme.kinds[int(verdicts.kinds[i])]
            candidate = Candidate(name, start, end, result.source[start:end], kind, round(float(scores[i]), 4), round(float(unsure[i]), 4))
            push = heapq.heappushpop if len(heap) == POOL * n else heapq.heappush
            push(heap, (*key, candidate))
    pool = [candidate for *_, candidate in sorted(heap, reverse=True)]
    unsure = np.array([candidate.uncertainty for candidate in pool])
    return [pool[i] for i in spread([c.text for c in pool], unsure, [c.document for c in pool], n)]


def uncertainties(probabilities: np.ndarray, scheme: Scheme) -> np.ndarray:
    """How unsure a model is of the labels: 0 where one is certain, 1 where the two likeliest are as likely.

    Args:
        probabilities: shape (n, k), of kinds.
        scheme: the kinds.

    Returns:
        Shape (n,), float64.
    """
    by_label = np.sort(probabilities.astype(np.float64) @ membership(scheme), axis=1)
    return np.clip(1 - (by_label[:, -1] - by_label[:, -2]), 0, 1)


def spread(texts: Sequence[str], unsure: np.ndarray, documents: Sequence[str], n: int) -> list[int]:
    """Choose one after the other what is unsure and unlike everything chosen before.

    Args:
        texts: the candidates.
        unsure: shape (m,), in [0, 1].
        documents: of each candidate.
        n: how many to choose.

    Returns:
        At most n indices, in the order of choice.

    Source:
        Maximal marginal relevance: Carbonell, Goldstein, "The Use of MMR", SIGIR 1998; likeness is Jaccard's, of words.
    """
    words = [frozenset(_WORD.findall(text.lower())) for text in texts]
    value = unsure.astype(np.float64).copy()
    likeness = np.zeros(len(texts))
    of_document: dict[str, list[int]] = {}
    for i, document in enumerate(documents):
        of_document.setdefault(document, []).append(i)
    chosen: list[int] = []
    for _ in range(min(n, len(texts))):
        gain = value * (1 - likeness)
        best = int(gain.argmax())
        if gain[best] <= 0:
            break
        chosen.append(best)
        own = words[best]
        likeness = np.maximum(likeness, [len(own & other) / (len(own | other) or 1) for other in words])
        value[of_document[documents[best]]] *= REPEATED
        value[best] = 0
    return chosen
