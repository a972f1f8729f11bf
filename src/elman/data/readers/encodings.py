# pyright: strict
"""Which encoding bytes are in that aren't UTF-8: by the letters that languages have, and by charset-normalizer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import repeat

from elman.data.readers.alphabets import LATIN_LANGUAGES, SIGNS, LatinLanguage, fluency, languages_of
from elman.extras import needed

LATIN = ("cp1252", "cp1250", "iso8859-2", "cp1254", "cp1257", "mac_roman", "cp850", "cp852")
"""Encodings of languages in Latin letters; of several that fit, the first is the commonest."""
EAST_ASIAN = ("gb18030", "big5", "cp932", "euc_jp", "cp949")
SINGLE_BYTES = (
    *("cp1251", "koi8_r", "koi8_u", "cp866", "iso8859_5", "mac_cyrillic"),
    *("cp1253", "iso8859_7", "cp1255", "cp1256", "cp874"),
)
"""Encodings of languages in other letters, each of which is a byte; of several that fit alike, the first is the
commonest."""
FLUENT = 0.3
"""A text in such an encoding looks at least so much like one of a language, in `fluency`; in most it is twice that."""
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
    "cp852": "DOS 852",
    "cp874": "Windows-874",
    "mac_cyrillic": "Mac Cyrillic",
    "iso2022_jp": "ISO-2022-JP",
}
COMMON = {
    encoding: frozenset(letters)
    for encoding, letters in {
        "gb18030": (
            "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然"
            "家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日意无力它与长把机十"
            "第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应向头文体美相见被利什二等产或新己身果加西话合回特"
            "代内信表化老给世位次度门常先海通教原东声提及比员解水名真论处走各入几口认条平系气题活更别打女变四总何电数安少报"
            "才结受目太量再感做接必场件计管期市直山金许区保便空科五眼书非听白却界光放强难且完设式色路记南品住告类求北边死该"
            "万取望觉今让识候带导"
        ),
        "big5": (
            "的一是不我有人在了他這中大來上個國到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可她裡後小麼心多天"
            "而能好都然沒日於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長知民樣現分將外但身些"
            "與高意進把法此實回二理美點月明其種聲全工己話兒者向情部正名定女問力機給等幾很業最間新什打便位因重被走電四第門相"
            "次東海口使教西再平真聽世氣信北少關並內加化由卻代產入先山五太水萬市眼體別處總才場書比住員性通目報活難數件安表原"
            "車白應路期常提感金何更反合放做系計或利受光果界及今務解各任至清物記邊共接它許特覺望直題建南度色字請交愛讓認算論"
            "吃科怎結指思非每管遠帶花快條院變言該近留保達辦候必城深區求品量空程語式"
        ),
        "cp949": (
            "이다는에가의고을를한하지은로도어기인사리자그시나대아서해있라수보것들여일으않정게면과만스부전장상원구제주오동성"
            "모요안중우소신국비습니까네데었았했러마음내거조말무때없좋같많처저너위방식당맛친절깨끗격호텔직배송품추천최별망재"
            "미영화연할될된적실생각진짜완벽문공개세계작매입용명관련분경학교회행치"
        ),
    }.items()
}
"""The commonest letters of Chinese, simplified and traditional, and Korean. Those of Japanese are the kana, and
then `KANJI`."""
KANJI = frozenset(
    "日一国会人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者地合市業内相方四定今回新場金員九入選立開"
    "手力学問高代明実円関子動京全目表経通外最言現理調体化田当八六約主題下意法不来作性的要用度気小七成期公取都和以機平加山"
    "家話世受区多県続正安設保数記女初北指心界第結百点教報書活原先得解名交資予川向面文重近千考認画海参売利組知道信集在件別"
    "物所次水半品計感特情示変男基私各直朝価式確村運果西広容必電住能無再位置真流有口過少放検町料状工建語空土付切説転食比車"
    "何南石足天温雨雪晴曇風夜昼湿降量速値秒駅店客商番号種類額税込個注顧様良悪普満"
)
"""The commonest letters of Japanese that are no kana: short tables hold these alone."""
WITHIN_WORDS = frozenset("’–—")
FOREIGN = re.compile(rb"[\x80-\xff]+")
WESTERN_SIGNS = frozenset("€„…‘’“”•–—™£§©«°±²µ·»\xa0".encode("cp1252"))
WESTERN = 0.9
NAMES_LETTERS = 1.5
RARE = 0.1
"""A text in which the commonest letters are rarer isn't surely in that language."""
FAMILIAR = 0.25
"""One in which they are so common surely is."""
KANJI_COUNT = 0.5
"""Kanji say half as much as kana, since they are Chinese letters, too."""
FEW_BYTES = 100
"""Of fewer bytes beyond ASCII, it isn't sure which letters they are."""
SEVERAL_BYTES = 8
"""Of fewer, common letters of thousands are chance."""
CLOSE = 0.02
"""So much less of a text may another encoding explain to be a choice too."""


ESCAPED = re.compile(rb"\x1b\$[@B].*?\x1b\([BJ]")
"""Japanese in mails: two-byte letters between escape sequences, all of it ASCII."""
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
    return latin(sample) if is_latin(sample) and not is_east_asian(sample) else of_other_letters(sample)


def without_mark(start: bytes) -> str | None:
    """UTF-16 or UTF-32 that lacks its mark; None where bytes, the first of a file, are no text in either."""
    found: list[tuple[float, int, str]] = []
    for encoding, width in WIDE.items():
        text = start[: len(start) // width * width].decode(encoding, "replace")
        odd = sum((unicodedata.category(sign) in NO_TEXT and sign not in "\t\n\r") or sign == "\ufffd" for sign in text)
        found.append((odd / max(1, len(text)), -sum(sign < "\x80" for sign in text), encoding))
    odd, ascii, encoding = min(found)
    return encoding if odd < 0.01 and ascii else None


def by_escapes(start: bytes) -> str | None:
    """The encoding that tells by escape sequences which letters follow."""
    return "iso2022_jp" if ESCAPED.search(start) else None


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


def is_mixed(sample: bytes) -> bool:
    """Most bytes beyond ASCII stand beside an ASCII letter, as in words of Latin letters."""
    beside = [
        sample[max(0, run.start() - 1) : run.start()] + sample[run.end() : run.end() + 1]
        for run in FOREIGN.finditer(sample)
    ]
    return 2 * sum(any(map(is_letter, signs)) for signs in beside) > len(beside)


def is_letter(byte: int) -> bool:
    return chr(byte).isalpha() and byte < 128


def latin(sample: bytes) -> list[Guess]:
    languages = languages_of(sample)
    found = {encoding: sample.decode(encoding, "replace") for encoding in LATIN}
    scores = {encoding: explained(text, languages) for encoding, text in found.items()}
    # The commonest encoding, unless another explains more than a letter or two of a foreign name beyond it.
    names = NAMES_LETTERS / sum(byte > 127 for byte in sample) if len(languages) > 1 else 0.0
    prior = CLOSE + names
    best, *rest = sorted(LATIN, key=lambda name: -scores[name] - prior * (name == LATIN[0]))
    least = scores[best] + (CLOSE if best == LATIN[0] else -CLOSE)
    near = (name for name in rest if scores[name] >= least and found[name] != found[best])
    other = next(near, None)
    return [Guess(best, other is None, other), *map(Guess, rest)]


def explained(text: str, languages: Sequence[LatinLanguage] = LATIN_LANGUAGES) -> float:
    """Which share of the signs beyond ASCII the language writes that explains the most of them."""
    within_words = WITHIN_WORDS if any(language.apostrophe for language in languages) else frozenset[str]()
    by_any, letters, total = 0, list[str](), 0
    for before, sign, after in zip(f" {text}", text, f"{text[1:]} ", strict=False):
        if sign > "\x7f":
            total += 1
            if sign in within_words or (sign in SIGNS and not (before.isalpha() and after.isalpha())):
                by_any += 1
            elif not (sign.isupper() and before.islower()):
                letters.append("i" if sign == "İ" else sign.lower())
    by_one = max(sum(letter in language.letters for letter in letters) for language in languages)
    return (by_any + by_one) / max(1, total)


def is_east_asian(sample: bytes) -> bool:
    """Whether bytes beyond ASCII, though many stand alone, are the commonest letters of a language in East Asia: the
    second byte of a letter may be of ASCII."""
    several = sum(byte > 127 for byte in sample) >= SEVERAL_BYTES
    return several and max(map(common_in, EAST_ASIAN, repeat(sample))) >= FAMILIAR


def of_other_letters(sample: bytes) -> list[Guess]:
    """By the letters of languages whose letters are a byte each, all of them; else by the commonest ones of those that
    have thousands, in what charset-normalizer finds."""
    single = of_single_bytes(sample)
    if max(map(common_in, EAST_ASIAN, repeat(sample))) < FAMILIAR:
        if is_mixed(sample):
            return latin(sample)
        if single:
            return single
    matches = needed("charset_normalizer").from_bytes(sample, cp_isolation=list(EAST_ASIAN))
    found = [match for match in matches if not of_half_width(str(match))]
    if not found:
        return single or [replace(guess, sure=False) for guess in latin(sample)]
    first, *others = sorted(found, key=lambda match: -common(match.encoding, str(match)))
    rare = common(first.encoding, str(first)) < RARE
    sure = not rare and sum(byte > 127 for byte in sample) >= FEW_BYTES
    other = others[0].encoding if others and not sure else None
    return [Guess(first.encoding, sure, other), *(Guess(match.encoding) for match in others)]


def of_single_bytes(sample: bytes) -> list[Guess]:
    """Those of `SINGLE_BYTES` that give letters of a language as often as it has them; none where none do."""
    texts = {encoding: sample.decode(encoding, "replace") for encoding in SINGLE_BYTES}
    fluent = {encoding: fluency(text) for encoding, text in texts.items()}
    best, *rest = sorted(SINGLE_BYTES, key=lambda encoding: -fluent[encoding])
    if fluent[best] < FLUENT:
        return []
    near = (name for name in rest if fluent[name] > fluent[best] - CLOSE and texts[name] != texts[best])
    other = next(near, None)
    sure = other is None and sum(byte > 127 for byte in sample) >= FEW_BYTES
    return [Guess(best, sure, other), *map(Guess, rest)]


def common_in(encoding: str, sample: bytes) -> float:
    """``common`` of a sample; 0 where it isn't valid, but for the letter that its end may cut."""
    text = sample.decode(encoding, "replace")
    return 0.0 if text.count("\ufffd") > 1 or of_half_width(text) else common(encoding, text)


def common(encoding: str, text: str) -> float:
    """The share of the commonest letters of its language in a text, and of wide figures; for Japanese, of kana, or half
    that of kanji."""
    letters = [sign for sign in text if sign > "\u2e80"]
    wide = sum("\uff10" <= sign <= "\uff19" for sign in letters)
    own = COMMON.get(encoding)
    if own is not None:
        return (wide + sum(sign in own for sign in letters)) / max(1, len(letters))
    kana = sum("\u3041" <= sign <= "\u30fe" for sign in letters)
    return (wide + max(kana, KANJI_COUNT * sum(sign in KANJI for sign in letters))) / max(1, len(letters))


def of_half_width(text: str) -> bool:
    """Most of it are katakana of half width, which Japanese hardly uses; Cyrillic in KOI8 looks like them."""
    return 2 * sum("\uff61" <= sign <= "\uff9f" for sign in text) > sum(sign > "\x7f" for sign in text)
