"""Reads scraped documents, labels every paragraph as article, advertisement or boilerplate, and writes cleaned text."""

import logging

from cleaner.config import Config
from cleaner.errors import BundleError, CleanerError, ConfigError, DocumentError, GoldError
from cleaner.pipeline import Cleaner, Explanation
from cleaner.records import Label, Paragraph, Result

__all__ = [
    "BundleError",
    "Cleaner",
    "CleanerError",
    "Config",
    "ConfigError",
    "DocumentError",
    "Explanation",
    "GoldError",
    "Label",
    "Paragraph",
    "Result",
]
__version__ = "0.1.0"

logging.getLogger(__name__).addHandler(logging.NullHandler())
