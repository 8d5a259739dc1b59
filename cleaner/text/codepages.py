"""Guesses the legacy code page of bytes that are not Unicode, from few letters, by what its languages usually write."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

CERTAIN = 0.5  # below this average no page fits; every short sample of the tests scores above it on its own page
FALLBACK = "cp1252"

_PUNCTUATION = frozenset("\u00a0\u00ad‘’‚“”„«»‹›–—…•·°§©®™€£№¿¡ºª²³½×\u3000、。「」『』・ー（），！？：；《》■□●○◆▲▼★☆※→")
# Letters outside ASCII, language by language: a text should keep to one alphabet rather than to one code page.
_WESTERN = ("äöüßé", "éèêëàâçùûîïôœ", "áéíóúñü", "ãõáéíóúâêôàç", "àèéìòù", "åäöæøé", "ëéïèöüá", "àéèíïòóúüç")
_ICELANDIC = ("áéíóúýþæöð",)
_CENTRAL = ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţ", "čćđšž", "äöüß")
_TURKISH = ("çğıİöşüâîû",)
_BALTIC = ("ąčęėįšųūž", "āčēģīķļņšūž", "äöüõšž")
_MIXED = 0.9  # names in several languages: all alphabets of a page together, a little less usual than any one

# A letter outside ASCII between two of its like: rare in Latin script, the rule in every other. Marks inside and
# after words: what the western page makes of Polish and Romanian letters.
_INNER_LATIN = re.compile(r"(?<=[^\W\d_a-zA-Z])[^\W\d_a-zA-Z](?=[^\W\d_a-zA-Z])|[¿£ªº²³½](?=[a-zß-ÿ])|(?<=[a-zß-ÿ]{2})[ªº²³½]")
# A letter outside ASCII touching one inside: the rule in Latin script, rare in every other.
_BESIDE_ASCII = re.compile(r"(?<=[a-zA-Z])[^\W\d_a-zA-Z]|[^\W\d_a-zA-Z](?=[a-zA-Z])")

_Usual = Callable[[str], float]


def _latin(alphabets: tuple[str, ...]) -> _Usual:
    def usual(letters: str) -> float:
        lower = [letter if letter == "İ" else letter.lower() for letter in letters]
        shares = [sum(1 if letter in alphabet else -1 for letter in lower) for alphabet in alphabets]
        together = sum(_MIXED if letter in "".join(alphabets) else -1 for letter in lower)
        return max(*shares, together)

    return usual


def _script(first: str, last: str, common: str, others: str = "") -> _Usual:
    """A script of its own: its frequent letters, the range of all of them, those outside the range."""

    def one(letter: str) -> float:
        if letter in common:
            return 1.0
        if letter.lower() in common:
            return 0.8  # small letters outnumber capitals: what the wrong Cyrillic page turns around
        return 0.5 if first <= letter <= last or letter in others else -1.0

    return lambda letters: sum(map(one, letters))


def _ideographs(codec: str, first: int, last: int, worth: float, syllables: tuple[str, str] = ("", "")) -> _Usual:
    """Ideographs or syllables that a standard lists under a range of lead bytes: the everyday ones stand in front."""

    def one(letter: str) -> float:
        if syllables[0] <= letter <= syllables[1]:
            return 1.0
        return worth if first <= letter.encode(codec, "replace")[0] <= last else -0.5

    return lambda letters: sum(map(one, letters))


_CYRILLIC = _script("А", "я", "оеаинтсрвлкмдпу", "ёЁіїєґўІЇЄҐЎ")
_GREEK = _script("Ά", "ώ", "αοιετσνηυρπκμλςόάίέή")
_HEBREW = _script("א", "ת", "יולהתאמברש")
_ARABIC = _script("ء", "ي", "اليمنوترهبفسدع")
_THAI = _script("ก", "๙", "านรอกเงมยลวดทส่้ัี")
_JAPANESE = _ideographs("euc_jp", 0xB0, 0xCF, 0.8, ("ぁ", "ヾ"))


@dataclass(frozen=True, slots=True)
class _Page:
    """A code page: its codec, how usual letters are in its languages (a sum of -1 to 1), whether they are Latin ones."""

    codec: str
    usual: _Usual
    is_latin: bool = False


# Where two pages read a text equally well the first wins: the more widespread one.
_PAGES = (
    _Page("cp1252", _latin(_WESTERN), is_latin=True),
    _Page("cp1250", _latin(_CENTRAL), is_latin=True),
    _Page("cp1251", _CYRILLIC),
    _Page("cp932", _JAPANESE),
    _Page("gb18030", _ideographs("gb2312", 0xB0, 0xD7, 0.9)),
    _Page("big5", _ideographs("big5", 0xA4, 0xC6, 0.9)),
    _Page("cp949", _ideographs("euc_kr", 0xB0, 0xC8, 1.0)),
    _Page("euc_jp", _JAPANESE),
    _Page("cp1254", _latin(_TURKISH), is_latin=True),
    _Page("cp1252", _latin(_ICELANDIC), is_latin=True),
    _Page("iso8859_2", _latin(_CENTRAL), is_latin=True),
    _Page("koi8_r", _CYRILLIC),
    _Page("koi8_u", _CYRILLIC),
    _Page("cp1253", _GREEK),
    _Page("iso8859_7", _GREEK),
    _Page("cp1255", _HEBREW),
    _Page("cp1256", _ARABIC),
    _Page("iso8859_6", _ARABIC),
    _Page("cp874", _THAI),
    _Page("cp1257", _latin(_BALTIC), is_latin=True),
    _Page("iso8859_5", _CYRILLIC),
    _Page("cp866", _CYRILLIC),
    _Page("cp850", _latin(_WESTERN), is_latin=True),
)


def guess(sample: bytes) -> str | None:
    """Name the code page that reads a sample most like the languages it is used for.

    Args:
        sample: some kilobytes around the bytes above 0x7F; only its end may cut a character.

    Returns:
        A codec name; None where no page reads it well.
    """
    scores = [(_score(page, sample), -rank, page.codec) for rank, page in enumerate(_PAGES)]
    score, _, codec = max(scores)
    return codec if score >= CERTAIN else None


def _score(page: _Page, sample: bytes) -> float:
    """How usual the characters outside ASCII are, on average, under a code page; -1 where it cannot read the sample."""
    try:
        text = codecs.getincrementaldecoder(page.codec)().decode(sample)  # bears a character cut at the end
    except UnicodeDecodeError:
        return -1.0
    foreign = [char for char in text if char > "\x7f"]
    if not foreign:
        return -1.0
    letters = "".join(char for char in foreign if char not in _PUNCTUATION)
    usual = page.usual(letters) if letters else 0.0
    return (len(foreign) - len(letters) + usual - _n_odd(page, text)) / len(foreign)


def _n_odd(page: _Page, text: str) -> int:
    """Count what no language writes: words of accents alone, scripts mixed inside a word, a capital after a small letter."""
    odd = _INNER_LATIN if page.is_latin else _BESIDE_ASCII
    n_swapped = sum(before.islower() and char.isupper() and char > "\x7f" for before, char in pairwise(text))
    return len(odd.findall(text)) + n_swapped
