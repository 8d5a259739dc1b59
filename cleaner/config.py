"""One frozen config: what to keep, how sure to be before dropping, what to leave in place of what was dropped."""

from __future__ import annotations

from dataclasses import dataclass

from cleaner.errors import ConfigError
from cleaner.records import Label, Scheme

EXTRACTORS = ("cleaner", "trafilatura")
PAGE_TYPES = ("auto", "article", "forum")


@dataclass(frozen=True, slots=True)
class Config:
    """How a `Cleaner` decides and what it writes.

    Attributes:
        keep: labels or kinds to keep besides `article`, for instance `{"comment"}` on a forum crawl. Default none.
        drop: labels or kinds to drop although they would be kept, for instance `{"contact"}` with `keep={"advertisement"}`.
            A kind overrides its label. Default none.
        max_article_loss: share of article words that may be lost, in [0, 0.5], measured when the model was trained on
            documents of sites it had not seen. Smaller keeps more of everything, 0 drops nothing but what a web page
            repeats. Default: the model's own, 0.01 of texts and a larger one of web pages, where it gives the best F1.
        marker: text left as a paragraph of its own where one or more paragraphs were dropped; None leaves nothing.
            `{n}` stands for their number, `{kinds}` for their kinds. Default None.
        extractor: what turns a web page into text: `cleaner` renders the whole page and judges every paragraph with its markup;
            `trafilatura` judges the text that trafilatura extracts. Default `cleaner`.
        page_type: what to do with the comments on web pages: on a `forum` they are the content and stay, on an `article` page they go,
            `auto` leaves it to the model. Kinds named in `keep` stay in any case. Default `auto`.
    """

    keep: frozenset[str] = frozenset()
    drop: frozenset[str] = frozenset()
    max_article_loss: float | None = None
    marker: str | None = None
    extractor: str = "cleaner"
    page_type: str = "auto"

    def __post_init__(self) -> None:
        """Refuse what is wrong whatever the model.

        Raises:
            ConfigError: a value of another type or out of range, or a name both kept and dropped.
        """
        loss = self.max_article_loss
        if loss is not None and not (isinstance(loss, int | float) and 0 <= loss <= 0.5):
            raise ConfigError(f"max_article_loss: got {loss!r}; give a share from 0 to 0.5, for instance 0.01")
        if not isinstance(self.marker, str | None):
            raise ConfigError(f"marker: got {self.marker!r}; give a text, for instance '[{{n}} dropped]', or None")
        if self.extractor not in EXTRACTORS:
            raise ConfigError(f"extractor: got {self.extractor!r}; known are {', '.join(EXTRACTORS)}")
        if self.page_type not in PAGE_TYPES:
            raise ConfigError(f"page_type: got {self.page_type!r}; known are {', '.join(PAGE_TYPES)}")
        for name in ("keep", "drop"):
            if not isinstance(getattr(self, name), frozenset | set):
                raise ConfigError(f"{name}: got {getattr(self, name)!r}; give a set of labels or kinds, for instance {{'comment'}}")
            object.__setattr__(self, name, frozenset(getattr(self, name)))  # a set that changes later is not frozen
        if both := self.keep & self.drop:
            raise ConfigError(f"keep and drop: {sorted(both)[0]!r} stands in both; name it once")

    def kept_columns(self, scheme: Scheme) -> frozenset[int]:
        """The columns of a scheme that this config keeps.

        Raises:
            ConfigError: a name that the scheme does not know, or nothing left to keep.
        """
        kept = set(scheme.columns(Label.ARTICLE))
        labels = {label.value for label in scheme.labels}
        # Labels first, kinds second: the finer word has the last say.
        for names in (labels, set(scheme.kinds) - labels):
            for name in self.keep & names:
                kept |= scheme.columns(name)
            for name in self.drop & names:
                kept -= scheme.columns(name)
        if unknown := (self.keep | self.drop) - labels - set(scheme.kinds):
            known = ", ".join([*sorted(labels), *(kind for kind in scheme.kinds if kind not in labels)])
            raise ConfigError(f"{sorted(unknown)[0]!r} is neither a label nor a kind of this model; it knows {known}")
        if not kept:
            raise ConfigError("nothing is left to keep; drop less or keep another label or kind")
        return frozenset(kept)
