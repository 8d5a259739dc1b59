"""Code pages are told apart by few letters."""

from __future__ import annotations

import pytest

from cleaner.text.codepages import guess
from cleaner.text.decode import decode

# What people find in old archives: headlines and single sentences.
SAMPLES = [
    ("Die Straße über die Brücke ist für Fußgänger gesperrt.", "cp1252 latin-1 cp850"),
    ("Gemüse", "cp1252"),
    ("L'été dernier, les élèves français ont été reçus à l'Élysée.", "cp1252"),
    ("Le café est fermé", "cp1252"),
    ("El niño comió una piña en la mañana. ¿Qué pasó?", "cp1252"),
    ("A situação não é fácil, amanhã há eleições.", "cp1252"),
    ("Räksmörgås på fläskkött över ån.", "cp1252"),
    ("It’s fine", "cp1252"),
    ("He said “hello” – it’s a café…", "cp1252"),
    ("Price: 20 €", "cp1252"),
    ("Zażółć gęślą jaźń. Właśnie dzisiaj zaczął się nowy rok szkolny w Łodzi.", "cp1250 iso8859_2"),
    ("Łódź i Kraków", "cp1250 iso8859_2"),
    ("Příliš žluťoučký kůň úpěl ďábelské ódy.", "cp1250"),
    ("Árvíztűrő tükörfúrógép, az őrült nő.", "cp1250"),
    ("Bucureşti – vremea este frumoasă astăzi şi mâine.", "cp1250"),
    ("Привет, мир! Сегодня в Москве прошёл дождь.", "cp1251 koi8_r iso8859_5 cp866"),
    ("Новости дня", "cp1251 koi8_r"),
    ("НОВОСТИ МОСКВЫ", "cp1251"),
    ("Сьогодні в Києві йшов дощ, її їжак є.", "cp1251 koi8_u"),
    ("今日は天気がいいですね。明日も晴れるでしょう。", "cp932 euc_jp iso2022_jp"),
    ("東京都のニュース", "cp932 euc_jp"),
    ("今天天气很好,我们去公园散步。", "gb18030"),
    ("北京新闻", "gb18030"),
    ("今天天氣很好,我們去公園散步。", "big5"),
    ("오늘은 날씨가 좋습니다. 공원에 갑시다.", "cp949"),
    ("서울 뉴스", "cp949"),
    ("Σήμερα ο καιρός είναι καλός.", "cp1253 iso8859_7"),
    ("Bugün hava çok güzel, İstanbul'da güneş şimdi doğdu.", "cp1254"),
    ("הטקס מתקיים היום בירושלים", "cp1255"),
    ("الطقس جميل اليوم في القاهرة", "cp1256 iso8859_6"),
    ("Šiandien gražus oras, žmonės eina į mišką.", "cp1257"),
    ("วันนี้อากาศดี", "cp874"),
]


@pytest.mark.parametrize(("text", "encoding"), [(text, encoding) for text, encodings in SAMPLES for encoding in encodings.split()])
def test_a_short_legacy_text_comes_out_right(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize("sample", [b"", b"plain ASCII", bytes(range(128, 256))])
def test_nothing_is_guessed_where_no_page_fits(sample: bytes) -> None:
    assert guess(sample) is None


def test_a_character_cut_at_the_end_does_not_disturb() -> None:
    assert guess("東京都のニュース".encode("cp932")[:-1]) == "cp932"
