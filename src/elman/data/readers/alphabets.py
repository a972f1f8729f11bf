# pyright: strict
"""What languages are written in: their letters, and words by which they are known."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

FEWEST_WORDS = 3
"""So many of the commonest words of a language show it, where no other one has as many of its own."""
SIGNS = frozenset("“”„‘’‚‹›«»–—…•·°§€£©®™±²µ×½\xa0")
"""Signs that any language may have."""
WORD = re.compile(rb"[A-Za-z\x80-\xff]+")


@dataclass(frozen=True)
class LatinLanguage:
    """letters: beside a to z;  words: of a to z alone, common in it and rare in others;  apostrophe: within words"""

    letters: frozenset[str]
    words: frozenset[bytes]
    apostrophe: bool = False


def latin(letters: str, words: str, *, apostrophe: bool = False) -> LatinLanguage:
    return LatinLanguage(frozenset(letters), frozenset(words.encode().split()), apostrophe)


FRENCH = latin("àâæçéèêëîïôœùûüÿ", "le les des est une et du pas pour dans sur avec que ne tout", apostrophe=True)
PORTUGUESE = latin("ãáàâçéêíõóôúüºª", "os um uma com para do da em mais muito foi por ao estava")
CATALAN = latin("àçéèíïòóúü·", "els les amb una per molt dels va", apostrophe=True)
LATIN_LANGUAGES = (
    FRENCH,
    latin("äöüß", "der die das und ist nicht ein eine war den mit sehr auf ich zu"),
    latin("áéíñóúü¿¡ºª", "el los las una por del muy con que para se es pero fue"),
    PORTUGUESE,
    latin("àèéìíòóùú", "il gli della di per non una con che molto sono era", apostrophe=True),
    latin("éëïèêöüáóúí", "het een van niet zijn maar voor met was heel ook", apostrophe=True),
    latin("åæøéü", "og er det ikke til med meget en af som jeg vi den for"),
    latin("åäöéü", "och det att inte som var med mycket av till ett vi jag den"),
    latin("äöå", "ja ei on oli mutta ovat hyvin se kun niin"),
    latin("áðéíóúýþæö", "og ekki var sem til er vi mjog en"),
    CATALAN,
    latin("ąćęłńóśźż", "nie jest na do jak ale bardzo po za tym to dobrze od"),
    latin("áčďéěíňóřšťúůýž", "je na se ale byl byla to do velmi po za jsem nebo"),
    latin("áäčďéíĺľňóôŕšťúýž", "je na sa ale bol bola to do som alebo po za"),
    latin("áéíóöőúüű", "nem hogy egy az volt meg csak nagyon de ki kell van vissza jobb"),
    latin("čćđšž", "je na se ali bio bila to do nije vrlo za su od"),
    latin("ăâîșțşţ", "nu este pe la cu mai foarte din sau fost dar un pentru"),
    latin("çğıiöşüâîû", "bir ve bu ama ile gibi daha sonra yok de da tekrar"),
    latin("ąčęėįšųūž", "ir labai bet kad yra su buvo ne tai o kaip"),
    latin("āčēģīķļņšūž", "un ir bet ka loti par no nav ar bija"),
    latin("äõöüšž", "ja ei on oli aga see et ka kui mis"),
    latin("éïëç£", "the and of to was is it not with this that for we but very", apostrophe=True),
)
OTHER_ALPHABETS = (
    "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",  # Russian
    "оанивіертсклудмпзягбчьхйжїцшюєщфґ",  # Ukrainian
    "аеиотнрсвлкдпмзуъгбячжшйцщхюфь",  # Bulgarian
    "аоиенрсјтукдвлпмзгбчћжшцњђљхфџ",  # Serbian
    "αοιετσνηυρπκμλςίόάωέήδγχθφβύξζώψϊΐϋΰ",  # Greek
    "יוהלתאמברשנידקעחםכפגטזסצןךץף",  # Hebrew
    "اليمونرتبةهعدسفكقحجشصأخطذضىغئإظءثآزؤ",  # Arabic
    "پچژگیک",  # Persian
    "านรกอเงมยลวดทสตะปบ่คหแจพชขใไโผณซัิีึืุู้็์ธถภฟญศษฉฝฐฎฬฮฆฏฑฒฤ๊๋ำๆฯ",  # Thai
)
"""The letters of other languages, the commonest first."""
WEIGHTS = tuple(
    {letter: 1 - place / len(letters) for place, letter in enumerate(letters)} for letters in OTHER_ALPHABETS
)
ODD, SIGN = -1.0, 0.3
"""The weights of a letter that a language doesn't have, or that is large within a word, and of a sign beside one."""


def languages_of(sample: bytes) -> tuple[LatinLanguage, ...]:
    """The language that words in a to z show a text to be in; all of them where they show none."""
    counts = Counter(word.lower() for word in WORD.findall(sample))
    found = {language: sum(counts[word] for word in language.words) for language in LATIN_LANGUAGES}
    first, second = sorted(found, key=lambda language: -found[language])[:2]
    return (first,) if found[first] >= max(FEWEST_WORDS, 1.5 * found[second]) else LATIN_LANGUAGES


def fluency(text: str) -> float:
    """How much signs beyond ASCII look like the letters of one language, as often as it has them: 1 for the commonest
    one alone, below 0 for what no language writes."""
    total, sums = 0, [0.0] * len(WEIGHTS)
    for before, sign, after in zip(f" {text}", text, f"{text[1:]} ", strict=False):
        if sign <= "\x7f":
            continue
        total, letter = total + 1, sign.lower()
        if sign in SIGNS:
            within = before > "\x7f" and after > "\x7f" and not (before in SIGNS and after in SIGNS)
            sums = [weight + (ODD if within else SIGN) for weight in sums]
        elif sign != letter and before.islower():
            sums = [weight + ODD for weight in sums]
        else:
            sums = [weight + letters.get(letter, ODD) for weight, letters in zip(sums, WEIGHTS, strict=True)]
    return max(sums) / max(1, total)
