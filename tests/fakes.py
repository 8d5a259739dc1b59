"""An engine without a model, for tests of what lies around it: the first word of a line decides its kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace

import numpy as np

from cleaner.assemble import assemble
from cleaner.config import Config
from cleaner.errors import BundleError
from cleaner.records import Label, Page, Paragraph, Result, Scheme, Verdicts

SCHEME = Scheme(("article", "legal", "promotion"), (Label.ARTICLE, Label.BOILERPLATE, Label.ADVERTISEMENT))
FIRST_WORDS = {"Copyright": 1, "Buy": 2}
BATCH = 3


@dataclass(frozen=True, slots=True)
class FakeExplanation:
    """The shape of an explanation."""

    paragraph: Paragraph
    text: str
    keep: bool
    alone: str
    terms: tuple[tuple[str, float], ...]
    kinds: tuple[tuple[str, float], ...]


def extracted(page: Page) -> str:
    """The text of a page of paragraphs."""
    html = page.html if isinstance(page.html, str) else page.html.decode("utf-8", "replace")
    return "\n\n".join(re.findall(r"<p>([^<]*)", html))


class FakeCleaner:
    """Judges lines by their first word, in batches of three."""

    def __init__(self, config: Config | None = None) -> None:
        self.config = config or Config()
        self.n_explained = 0

    def clean(self, content: str | Page) -> Result:
        text = content if isinstance(content, str) else extracted(content)
        spans = [match.span() for match in re.finditer(r"\S[^\n]*", text)]
        kinds = np.array([FIRST_WORDS.get(text[start:end].split(maxsplit=1)[0], 0) for start, end in spans], dtype=np.int64)
        starts, ends = (np.array([span[side] for span in spans], dtype=np.int64) for side in (0, 1))
        keep = np.isin(kinds, list(self.config.kept_columns(SCHEME)))
        verdicts = Verdicts(starts, ends, kinds, np.eye(3, dtype=np.float32)[kinds], keep, SCHEME, lambda: self._reasons(len(kinds)))
        return Result(text, assemble(text, verdicts, self.config.marker), verdicts)

    def clean_many(self, texts: Iterable[str | Page]) -> Iterator[Result]:
        batch: list[str | Page] = []
        for text in texts:
            batch.append(text)
            if len(batch) == BATCH:
                yield from map(self.clean, batch)
                batch = []
        yield from map(self.clean, batch)

    def explain(self, text: str) -> list[FakeExplanation]:
        result = self.clean(text)
        return [
            FakeExplanation(
                paragraph,
                result.source[paragraph.start : paragraph.end],
                bool(keep),
                "article",
                (("first word", 1.5),),
                ((paragraph.kind, 0.9), ("legal", 0.1)),
            )
            for paragraph, keep in zip(result.paragraphs, result.verdicts.keep.tolist(), strict=True)
        ]

    def _reasons(self, n: int) -> list[str]:
        self.n_explained += 1
        return ["first word"] * n


class FakePipeline(ModuleType):
    """Stands where `cleaner.pipeline` does."""

    class Cleaner(FakeCleaner):
        """Knows one model."""

        @classmethod
        def load(cls, model: str = "default", config: Config | None = None) -> FakeCleaner:
            if model != "default":
                raise BundleError(f"{model}: no such model; 'cleaner models list' names those installed")
            return cls(config)

    @staticmethod
    def installed_models() -> list[str]:
        return ["default", "forums"]

    @staticmethod
    def load_bundle(name: str) -> SimpleNamespace:
        return SimpleNamespace(card=lambda: f"# The card of {name}")
