"""spaCy: the component `paragraph_cleaner`, which lays verdicts beside the tokens."""

from __future__ import annotations

from cleaner.stages.arrow import REMOVED, clean_rows
from cleaner.stages.extras import extra
from cleaner.stages.stage import Stage

with extra("spacy"):
    from spacy.language import Language
    from spacy.tokens import Doc

PARAGRAPHS = "paragraphs"


@Language.factory("paragraph_cleaner", default_config={"model": "default"}, assigns=["doc.spans"])
class ParagraphMarker:
    """Adds the span groups `paragraphs`, labelled by kind, and `removed`; texts of spaCy never change.

    Args:
        nlp: the pipeline.
        name: of the component in it.
        model: name of an installed model, or its folder.

    Example:
        >>> import spacy, cleaner.stages.spacy
        >>> nlp = spacy.blank("en")
        >>> component = nlp.add_pipe("paragraph_cleaner")
        >>> doc = nlp("The harbour froze over in January.")
        >>> [(span.text, span.label_) for span in doc.spans["paragraphs"]]
        [('The harbour froze over in January.', 'article')]
    """

    def __init__(self, nlp: Language, name: str, model: str) -> None:
        self.stage = Stage(model, label=True, removed=True)

    def __call__(self, doc: Doc) -> Doc:
        """Mark the paragraphs of a text; a token that two of them share belongs to both."""
        row = clean_rows([{"text": doc.text}], self.stage)[0]
        for name in (PARAGRAPHS, REMOVED):
            spans = [doc.char_span(one["start"], one["end"], one["kind"], alignment_mode="expand") for one in row[name] or ()]
            doc.spans[name] = [span for span in spans if span is not None]
        return doc
