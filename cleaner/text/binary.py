"""Bytes that are no text at all, told from text in whatever encoding."""

from __future__ import annotations

import re

from cleaner.text.decode import odd_share, wide_encoding

# What files of other formats begin with. Where that could begin a text as well, something follows that could not.
_MAGIC = tuple(
    (name, re.compile(pattern, re.DOTALL))
    for name, pattern in (
        ("a PDF document", rb"%PDF-\d\.\d[^\n]{0,8}[\r\n].{0,4096}?\bobj\b"),
        ("a PNG image", rb"\x89PNG\r\n\x1a\n"),
        ("a JPEG image", rb"\xff\xd8\xff[\xc0-\xfe]"),
        ("a GIF image", rb"GIF8[79]a.{0,6}\x00"),
        ("a ZIP archive, or an office document or book, which are such", rb"PK(\x03\x04|\x05\x06)"),
        ("an old office document", rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("compressed by gzip; should its name end in .gz?", rb"\x1f\x8b\x08"),
        ("compressed by zstandard; should its name end in .zst?", rb"\x28\xb5\x2f\xfd"),
        ("compressed by bzip2", rb"BZh[1-9]1AY&SY"),
        ("compressed by xz", rb"\xfd7zXZ\x00"),
        ("a 7z archive", rb"7z\xbc\xaf\x27\x1c"),
        ("a RAR archive", rb"Rar!\x1a\x07"),
        ("a sound, film or WebP image", rb"RIFF.{4}(WEBP|WAVE|AVI )|.{4}ftyp[\w ]{4}\x00|ID3[\x02-\x04]\x00|OggS\x00"),
        ("a font", rb"wOF[F2]|\x00\x01\x00\x00\x00|OTTO\x00"),
        ("a program", rb"\x7fELF|\xca\xfe\xba\xbe\x00|MZ.\x00"),
        ("a SQLite database", rb"SQLite format 3\x00"),
    )
)
# Controls that texts have: tab, line ends, form feed; backspace and escape of terminals; shifts of ISO-2022; Ctrl-Z at the end.
_CONTROLS = bytes(n for n in range(32) if n not in b"\t\n\r\x0b\x0c\b\x1b\x0e\x0f\x1a")
_MAX_CONTROLS = 0.04  # of the bytes; compressed and random ones have 0.086, texts hardly any
_MIN_CONTROLS = 8  # fewer do no harm, whatever they are
_MAX_ODD = 0.05  # of the characters where every second byte is NUL: texts of UTF-16 have none, random bytes a fifth
_SAMPLE_BYTES = 2**16


def looks_binary(data: bytes) -> str | None:
    r"""What makes bytes something else than a text or a web page.

    Args:
        data: any bytes; NUL bytes at the end do not count, since broken-off writing leaves them after sound text.

    Returns:
        The reason in words, None for whatever may be a text in some encoding.

    Example:
        >>> looks_binary(b"\x89PNG\r\n\x1a\n..."), looks_binary("Grüße".encode("utf-16"))
        ('looks binary: a PNG image', None)
    """
    for name, magic in _MAGIC:
        if magic.match(data):
            return f"looks binary: {name}"
    body = data.rstrip(b"\0")
    if not body:
        return f"looks binary: {len(data):,} NUL bytes and nothing else" if len(data) >= _MIN_CONTROLS else None
    n_controls = len(body) - len(body.translate(None, _CONTROLS))
    if n_controls < max(_MIN_CONTROLS, _MAX_CONTROLS * len(body)):
        return None
    sample = data[:_SAMPLE_BYTES]
    encoding = wide_encoding(sample)
    if encoding is not None and odd_share(sample, encoding) <= _MAX_ODD:
        return None
    return f"looks binary: {n_controls / len(body):.0%} of its bytes are control characters"
