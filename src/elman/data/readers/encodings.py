# pyright: strict
"""Which encoding bytes are in that aren't UTF-8: by the letters that languages have, and by charset-normalizer."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from elman.extras import needed

LATIN = ("cp1252", "cp1250", "iso8859-2", "cp1254", "cp1257", "mac_roman", "cp850")
"""Encodings of languages in Latin letters; of several that fit, the first is the commonest."""
OTHERS = (
    *("gb18030", "big5", "cp932", "euc_jp", "cp949"),
    *("cp1251", "koi8_r", "koi8_u", "cp866", "iso8859_5"),
    *("cp1253", "iso8859_7", "cp1255", "cp1256", "cp874"),
)
"""Encodings of languages in other letters."""
NAMES = {
    "cp1252": "Windows-1252 (Latin-1)",
    "iso8859-2": "ISO 8859-2",
    "mac_roman": "Mac Roman",
    "cp850": "DOS 850",
    "gb18030": "GB18030",
    "big5": "Big5",
    "cp932": "Shift-JIS",
    "euc_jp": "EUC-JP",
    "cp949": "EUC-KR",
    "koi8_r": "KOI8-R",
    "koi8_u": "KOI8-U",
    "cp866": "DOS 866",
    "iso8859_5": "ISO 8859-5",
    "iso8859_7": "ISO 8859-7",
    "cp874": "Windows-874",
}
LETTERS = tuple(
    frozenset(letters)
    for letters in (
        "àâæçéèêëîïôœùûüÿ",  # French
        "äöüß",  # German
        "áéíñóúü¿¡ºª",  # Spanish
        "ãáàâçéêíõóôúüºª",  # Portuguese
        "àèéìíòóùú",  # Italian
        "éëïèêöüáóúí",  # Dutch
        "åäöæøéü",  # Danish, Norwegian, Swedish, Finnish
        "áðéíóúýþæö",  # Icelandic
        "àçéèíïóòúü·",  # Catalan
        "ąćęłńóśźż",  # Polish
        "áčďéěíňóřšťúůýž",  # Czech
        "áäčďéíĺľňóôŕšťúýž",  # Slovak
        "áéíóöőúüű",  # Hungarian
        "čćđšž",  # Croatian, Slovene
        "ăâîșțşţ",  # Romanian
        "çğıiöşüâîû",  # Turkish
        "ąčęėįšųūž",  # Lithuanian
        "āčēģīķļņšūž",  # Latvian
        "äõöüšž",  # Estonian
    )
)
"""What languages in Latin letters have beside a to z."""
SIGNS = frozenset("“”„‘’‚‹›«»–—…•·°§€£©®™±²µ×½\xa0")
WITHIN_WORDS = frozenset("’–—")
FOREIGN = re.compile(rb"[\x80-\xff]+")
WESTERN_SIGNS = frozenset("€„…‘’“”•–—™£§©«°±²µ·»\xa0".encode("cp1252"))
WESTERN = 0.9
NAMES_LETTERS = 1.5
ALIKE = 0.05
"""Measures of charset-normalizer that differ by less don't decide."""
FEW_BYTES = 100
"""Of fewer bytes beyond ASCII, it isn't sure which letters they are."""
CLOSE = 0.02
"""So much less of a text may another encoding explain to be a choice too."""


WIDE = {"utf-16-le": 2, "utf-16-be": 2, "utf-32-le": 4, "utf-32-be": 4}
"""Bytes of a character, or of half of one."""
NO_TEXT = frozenset({"Cc", "Cn", "Co", "Cs"})
"""Categories of Unicode: control characters, and what stands for nothing."""


@dataclass(frozen=True)
class Guess:
    """An encoding, by its name in Python.

    sure:  no other fits nearly as well, and there are enough letters to see that
    other: one that does, and reads something else
    """

    encoding: str
    sure: bool = True
    other: str | None = None


def called(encoding: str) -> str:
    """For people."""
    name = encoding.lower().removesuffix("-sig")
    return NAMES.get(name) or (f"Windows-{name[2:]}" if name.startswith("cp125") else name.upper())


def guesses(sample: bytes) -> list[Guess]:
    """The encodings that a sample is likely in, the likeliest first.

    Single accents between Latin letters are judged by the letters of the languages that have such; what is left, by
    charset-normalizer, which errs on them where texts are short. Raises ExtraMissingError where that isn't installed.
    """
    return latin(sample) if is_latin(sample) else of_other_letters(sample)


def without_mark(start: bytes) -> str | None:
    """UTF-16 or UTF-32 that lacks its mark; None where bytes, the first of a file, are no text in either."""
    found: list[tuple[float, int, str]] = []
    for encoding, width in WIDE.items():
        text = start[: len(start) // width * width].decode(encoding, "replace")
        odd = sum((unicodedata.category(sign) in NO_TEXT and sign not in "\t\n\r") or sign == "\ufffd" for sign in text)
        found.append((odd / max(1, len(text)), -sum(sign < "\x80" for sign in text), encoding))
    odd, ascii, encoding = min(found)
    return encoding if odd < 0.01 and ascii else None


def is_latin(sample: bytes) -> bool:
    """Most bytes beyond ASCII stand alone, or two beside an ASCII letter, or are signs of Windows-1252."""
    western = total = 0
    for run in FOREIGN.finditer(sample):
        start, end = run.span()
        total += end - start
        beside = sample[max(0, start - 1) : start] + sample[end : end + 1]
        signs = sum(byte in WESTERN_SIGNS for byte in run.group())
        if end - start == 1 or end - start - signs <= 1 or (end - start == 2 and any(map(is_letter, beside))):
            western += end - start
    return western >= WESTERN * total


def is_letter(byte: int) -> bool:
    return chr(byte).isalpha() and byte < 128


def latin(sample: bytes) -> list[Guess]:
    found = {encoding: sample.decode(encoding, "replace") for encoding in LATIN}
    scores = {encoding: explained(text) for encoding, text in found.items()}
    # The commonest encoding, unless another explains more than a letter or two of a foreign name beyond it.
    # The commonest encoding, unless another explains more than a letter or two of a foreign name beyond it.
    prior = CLOSE + NAMES_LETTERS / sum(byte > 127 for byte in sample)
    best, *rest = sorted(LATIN, key=lambda name: -scores[name] - prior * (name == LATIN[0]))
    least = scores[best] + (CLOSE if best == LATIN[0] else -CLOSE)
    near = (name for name in rest if scores[name] >= least and found[name] != found[best])
    other = next(near, None)
    return [Guess(best, other is None, other), *map(Guess, rest)]


def explained(text: str) -> float:
    """Which share of the signs beyond ASCII the language writes that explains the most of them."""
    by_any, letters, total = 0, list[str](), 0
    for before, sign, after in zip(f" {text}", text, f"{text[1:]} ", strict=False):
        if sign > "\x7f":
            total += 1
            if sign in WITHIN_WORDS or (sign in SIGNS and not (before.isalpha() and after.isalpha())):
                by_any += 1
            elif not (sign.isupper() and before.islower()):
                letters.append("i" if sign == "İ" else sign.lower())
    by_one = max(sum(letter in language for letter in letters) for language in LETTERS)
    return (by_any + by_one) / max(1, total)


def of_other_letters(sample: bytes) -> list[Guess]:
    found = needed("charset_normalizer").from_bytes(sample, cp_isolation=list(OTHERS))
    matches = [match for match in found if not of_half_width(str(match))]
    if not matches:
        return [replace(guess, sure=False) for guess in latin(sample)]
    best = matches[0]
    alike = [m for m in matches if m.chaos <= best.chaos + ALIKE and m.coherence >= best.coherence - ALIKE]
    best = min(alike, key=lambda match: signs_in_words(str(match)))
    rest = [match for match in matches if match is not best]
    sure = sum(byte > 127 for byte in sample) >= FEW_BYTES
    other = rest[0].encoding if rest and not sure else None
    return [Guess(best.encoding, sure, other), *(Guess(match.encoding) for match in rest)]


def of_half_width(text: str) -> bool:
    """Most of it are katakana of half width, which Japanese hardly uses; Cyrillic in KOI8 looks like them."""
    return 2 * sum("\uff61" <= sign <= "\uff9f" for sign in text) > sum(sign > "\x7f" for sign in text)


def signs_in_words(text: str) -> int:
    """Signs beyond ASCII that words begin with or hold, as no language writes them: a paragraph's, closing quotes."""
    odd = 0
    for before, sign, after in zip(f" {text}", text, text[1:], strict=False):
        if "\x7f" < sign < "\u3000" and after.isalpha() and not sign.isalpha():
            odd += before.isalpha() if sign in SIGNS and sign not in "’”" else not before.isalpha()
    return odd
