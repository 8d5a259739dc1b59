"""Bytes to text, and text to paragraphs with exact spans."""
