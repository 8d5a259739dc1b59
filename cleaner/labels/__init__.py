"""What people said of paragraphs: the record, and the forms in which annotation tools keep it.

A further form is a module with a `read` and a `write`, and a row in `forms.FORMS`.
"""

from cleaner.labels.align import aligned, answered
from cleaner.labels.files import save
from cleaner.labels.forms import FORMS, dump_labels, read_labels, write_labels
from cleaner.labels.record import Answer, LabelledDocument, answer_named, document_of

__all__ = [
    "FORMS",
    "Answer",
    "LabelledDocument",
    "aligned",
    "answer_named",
    "answered",
    "document_of",
    "dump_labels",
    "read_labels",
    "save",
    "write_labels",
]
