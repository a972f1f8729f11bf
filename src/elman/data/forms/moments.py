# pyright: strict
"""What a text that is a date says: where its parts stand in it, the moment that they are, and this in ISO 8601."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from typing import Literal, NamedTuple, TypeAlias

from elman.kinds.times import LAST, iso_time

Order = Literal["day-first", "month-first", "year-first"]
ORDERS: tuple[Order, ...] = ("day-first", "month-first", "year-first")
YEARS = range(1500, LAST)
"""Years that a date may be in."""
FIRST_YEAR = 1969
"""The first that a year of two figures may be, as POSIX has it, where nothing says otherwise."""
LATEST, LAST_BEGIN, WIDEST = 2069, 2040, 90
"""Of a column: its latest year of two figures is before the first of these, its first one before the second; and where
these years go over more than so many, nothing is said by them."""

MONTH_WORDS = """
    jan january januar janvier enero gennaio janeiro januari ene gen janv
    feb february februar février fevrier febrero febbraio fevereiro februari fev fév févr fevr
    mar march märz maerz mars marzo março marco maart mär mrz mrt maa
    apr april avril abril aprile avr abr
    may mai mayo maggio maio mei mag maj
    jun june juni juin junio giugno junho giu
    jul july juli juillet julio luglio julho juil lug
    aug august août aout agosto augustus augusti ago aoû
    sep september sept septembre septiembre settembre setembro set
    oct october oktober octobre octubre ottobre outubro okt ott out
    nov november novembre noviembre novembro
    dec december dezember décembre decembre diciembre dicembre dezembro dez déc dic
"""
"""A line for each month: its names in English, German, French, Spanish, Italian, Portuguese, Dutch and Swedish."""
MORE_MONTH_WORDS = """
    1 stycznia sty styczeń ledna led leden januára január ocak oca января янв январь січня січ січень януари яну
    ιανουαρίου ιαν ιανουάριος tammikuuta tammi tammikuu ianuarie ian gener
    2 lutego lut luty února úno únor februára február şubat şub февраля февр февраль лютого лют лютий февруари фев
    φεβρουαρίου φεβ φεβρουάριος helmikuuta helmi helmikuu febr februarie febrer
    3 marts maret marca marzec března bře březen marec mart марта мар март березня бер березень μαρτίου μαρ μάρτιος
    μάρ maaliskuuta maalis maaliskuu március márc martie març
    4 kwietnia kwi kwiecień dubna dub duben apríla apríl nisan nis апреля апр апрель квітня квіт квітень април
    απριλίου απρ απρίλιος huhtikuuta huhti huhtikuu április ápr aprilie
    5 maja května kvě květen mája máj mayıs мая май травня трав травень μαΐου μαΐ μάιος μάι toukokuuta touko
    toukokuu május maig
    6 czerwca cze czerwiec června čvn červen júna jún haziran haz июня июн июнь червня черв червень юни ιουνίου ιουν
    ιούνιος ιούν kesäkuuta kesä kesäkuu június iunie iun juny junij
    7 lipca lip lipiec července čvc červenec júla júl temmuz tem июля июл июль липня лип липень юли ιουλίου ιουλ
    ιούλιος ιούλ heinäkuuta heinä heinäkuu július iulie iul juliol julij
    8 agustus agu sierpnia sie sierpień srpna srp srpen augusta ağustos ağu августа авг август серпня серп серпень
    αυγούστου αυγ αύγουστος αύγ elokuuta elo elokuu augusztus agost avgust avg
    9 września wrz wrzesień září zář septembra eylül eyl сентября сент сен сентябрь вересня вер вересень септември сеп
    σεπτεμβρίου σεπ σεπτέμβριος syyskuuta syys syyskuu szeptember szept septembrie setembre
    10 października paź październik října říj říjen októbra október ekim eki октября окт октябрь жовтня жовт жовтень
    октомври οκτωβρίου οκτ οκτώβριος lokakuuta loka lokakuu octombrie
    11 listopada lis listopad listopadu novembra kasım kas ноября нояб ноя ноябрь листопада лист листопад ноември ное
    νοεμβρίου νοε νοέμβριος νοέ marraskuuta marras marraskuu noiembrie
    12 desember des grudnia gru grudzień prosince prosinec decembra aralık ara декабря дек декабрь грудня груд
    грудень декември δεκεμβρίου δεκ δεκέμβριος joulukuuta joulu joulukuu decembrie desembre
"""
"""Behind the number of each month: its names in Danish, Norwegian, Indonesian, Polish, Czech, Slovak, Turkish, Russian,
Ukrainian, Bulgarian, Greek, Finnish, Hungarian, Romanian, Catalan and Slovenian, as the CLDR has them."""


def months_of(lines: str, more: str) -> dict[str, int]:
    """The number of each month by its names."""
    numbers = {word: number for number, line in enumerate(lines.strip().splitlines(), 1) for word in line.split()}
    number = 0
    for word in more.split():
        if word.isdigit():
            number = int(word)
        else:
            numbers[word] = number
    return numbers


MONTHS = months_of(MONTH_WORDS, MORE_MONTH_WORDS)
WEEKDAYS = frozenset(
    """
    mon monday tue tues tuesday wed wednesday thu thur thurs thursday fri friday sat saturday sun sunday
    mo montag di dienstag mi mittwoch do donnerstag fr freitag sa samstag sonnabend so sonntag
    lun lundi lunes lunedì mardi mar martes martedì mer mercredi mié miércoles mercoledì jeu jeudi jue jueves gio
    giovedì ven vendredi vie viernes venerdì sam samedi sáb sábado sab sabato dim dimanche dom domingo domenica
    segunda terça quarta quinta sexta maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
    måndag tisdag onsdag torsdag fredag lördag söndag
    søndag mandag tirsdag lørdag søn man tirs ons tors fre lør tir tor minggu senin selasa rabu kamis jumat sabtu
    min sen sel rab kam jum niedziela poniedziałek wtorek środa czwartek piątek sobota niedz pon wt śr czw pt sob
    neděle pondělí úterý středa čtvrtek pátek ne po út st čt pá nedeľa pondelok utorok streda štvrtok piatok ut št
    pi pazar pazartesi salı çarşamba perşembe cuma cumartesi paz pzt sal çar cum cmt воскресенье понедельник вторник
    среда четверг пятница суббота вс пн вт ср чт пт сб неділя понеділок вівторок середа четвер пʼятниця субота нд
    неделя понеделник сряда четвъртък петък събота κυριακή δευτέρα τρίτη τετάρτη πέμπτη παρασκευή σάββατο κυρ δευ
    τρί τετ πέμ παρ σάβ sunnuntaina maanantaina tiistaina keskiviikkona torstaina perjantaina lauantaina su ma ti ke
    pe la sunnuntai maanantai tiistai keskiviikko torstai perjantai lauantai vasárnap hétfő kedd szerda csütörtök
    péntek szombat sze cs szo duminică luni marți miercuri joi vineri sâmbătă dum mie vin sâm diumenge dilluns
    dimarts dimecres dijous divendres dissabte dg dl dt dc dj dv ds nedelja ponedeljek torek sreda četrtek petek ned
    sre čet pet
    """.split()  # noqa: SIM905
)
ZONES = {
    "Z": 0,
    "UTC": 0,
    "GMT": 0,
    "BST": 1,
    "CET": 1,
    "CEST": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
    "IST": 5.5,
    "JST": 9,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
}
"""Hours before Greenwich."""

YEAR, SHORT, MONTH, DAY = r"(?P<year>\d{4})", r"(?P<year>\d{4}|'?\d\d)", r"(?P<month>\d\d?)", r"(?P<day>\d\d?)"
WORD = r"(?P<word>[^\W\d_]{3,12})\.?"
TH = r"(?:st|nd|rd|th|er|\.|º|ª)?"
FISCAL = r"(?:FY ?'?)?(?P<year>\d{4}|(?<=FY)\d\d|(?<=FY )\d\d|(?<=FY')\d\d)"
QUARTER = r"(?i:Quart(?:al|er)|Qtr|Trimestr[eo]?|Kwarta[ałl]+|Kvartal|квартал)\.?"
WEEK = r"(?i:KW|CW|WK|W|Week|Woche|Semaine)\.?"
ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867, "民國": 1911}
SHORT_ERAS = {"R": 2018, "H": 1988, "S": 1925, "T": 1911, "M": 1867, "": 1911}
"""The year before the first one of each: Reiwa, Heisei, Showa, Taisho, Meiji; and Minguo, whose years of three figures
need no name."""
NAMED = "(?P<named>)"
"""Begins a form that is a date under a name that says so alone; elsewhere it may be a number, a version, a code, or so
many hours and minutes."""
DATES = (
    rf"{YEAR}(?P<sep>[-/_ ]|\. ?)(?:{MONTH}|{WORD})(?P=sep){DAY}\.?",
    r"(?P<a>\d\d?)(?P<sep>[-/]|\. ?| )(?P<b>\d\d?)(?P=sep)(?P<c>\d{4})\.?",
    r"(?P<a>\d\d?)(?P<sep>[-/])(?P<b>\d\d?)(?P=sep)(?P<c>\d\d)",
    r"(?P<a>\d\d)\.(?P<b>\d\d)\.(?P<c>\d\d)",
    rf"{DAY}{TH}[-/ ,]*(?:de |of |d['’])?{WORD}[-/ ,]*(?:de |del )?{SHORT}",
    rf"{YEAR}\. {WORD} {DAY}\.",
    rf"{WORD}[- /]*{DAY}{TH},?[-/ ]+{YEAR}",
    rf"(?P<era>{'|'.join(ERAS)})?(?:{YEAR}|(?P<year_of_era>\d{{1,3}}|元)) ?[年년] ?{MONTH} ?[月월](?: ?{DAY} ?[日일])?",
    rf"{YEAR}[-/]{MONTH}",
    rf"{FISCAL}[- ]?[MmP]{MONTH}",
    rf"[MP]{MONTH}[- /]+{FISCAL}",
    rf"{MONTH}[-/.]{YEAR}",
    rf"{WORD}[- /,]*{YEAR}",
    rf"{WORD}(?:-| ?['\u2019])(?P<year>\d\d)",
    rf"{YEAR}[- ]?{WORD}(?:[- ]?{DAY})?",
    rf"{FISCAL}[- :/]?[QqTt](?P<quarter>\d)",
    rf"[QqTt](?P<quarter>\d)[-/ :']*{SHORT}",
    rf"(?:[QqTt]|{QUARTER} ?)(?P<quarter>\d)[-/ :,]*{FISCAL}",
    rf"(?P<quarter>\d)[Qq][-/ ']*{SHORT}",
    rf"(?P<quarter>\d){TH}e? ?{QUARTER}[-/ ,]*(?:of |de |del )?{YEAR}",
    rf"{FISCAL}[- :/]?[HhSs](?P<semester>[0-2])",
    rf"[HhSs](?P<semester>[0-2])[-/ :,]+{FISCAL}",
    rf"{NAMED}(?P<semester>[0-2])[Hh][-/ ']*{SHORT}",
    rf"{FISCAL}[-/ ]?{WEEK} ?(?P<week>\d\d?)(?:-?(?P<weekday>\d))?",
    rf"{WEEK}[ -]?(?P<week>\d\d?)[-/ ,]+{FISCAL}",
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",
    r"(?P<a>\d\d?) (?P<b>\d\d?), (?P<c>\d{4})",
    rf"{NAMED}{YEAR}[-/.](?P<ordinal>\d{{3}})",
    rf"{NAMED}(?P<a>\d\d?)\.(?P<b>\d\d?)\.(?P<c>\d\d)",
    rf"{NAMED}(?P<era>)(?P<year_of_era>\d{{3}})(?P<sep>[-/.]){MONTH}(?P=sep){DAY}",
    rf"{NAMED}(?P<era>[RHSTM])(?P<year_of_era>\d\d?|元)(?P<sep>[-/.]){MONTH}(?P=sep){DAY}",
)
NOON = {"午前": 0, "上午": 0, "오전": 0, "午後": 12, "下午": 12, "오후": 12}
"""What says before a clock of 12 hours which half of the day it is, and the hours that begin it."""
CLOCK = (
    rf"(?:(?P<noon>{'|'.join(NOON)}) ?)?"
    r"(?P<hour>\d\d?)(?:"
    r"[:h](?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,:](?P<fraction>\d{1,9}))?)?"
    r"|\.(?P<minute_>\d\d)(?:\.(?P<second_>\d\d)(?:[.,](?P<fraction_>\d{1,9}))?)?"
    r"|(?P<compact>\d\d(?:\d\d)?)"
    r"|(?P<oclock> ?[時时点點시])(?: ?(?P<minute__>\d\d?) ?[分분](?: ?(?P<second__>\d\d?) ?[秒초])?)?"
    r")?(?: ?h| ?Uhr)?(?: ?(?P<half>[AaPp])\.? ?[Mm]\.?)?"
)
ZONE = (
    r"(?: ?(?P<zone>(?:UTC|GMT)?[+\-\u2212]\d\d(?::?\d\d)?|(?:UTC|GMT)[+\-\u2212]\d|Z|z|[A-Z]{3,4}))?"
    r"(?: ?(?:\[[\w/+-]+\]|\([\w ]+\)|(?<=\d )[A-Z]{3,4}|[A-Z][a-z]+(?:/\w+)+))?"
)
JOINED = r"(?:[Tt]| ?, ?| +|:|;|_| - |-(?=\d\d?:)| at | \u00e0 | um |(?<=[日일]))"
DAY_NAME = r"(?: ?[(（][^\W\d_]{1,9}[)）])?"
CTIME = rf"{WORD} +{DAY} {CLOCK}(?: (?P<zone>(?:UTC|GMT)?[+\-\u2212]\d\d:?\d\d|[A-Z]{{3,4}}))? {YEAR}"


@cache
def patterns() -> list[re.Pattern[str]]:
    """Those of all forms, compiled when a date is first read: a loaded model may never read one."""
    dated = [rf"{date}{DAY_NAME}(?:{JOINED}{CLOCK}{ZONE})?" for date in DATES]
    clock_first = [rf"{CLOCK}(?: |, ){date}" for date in DATES[:7]]
    return [re.compile(form) for form in (*dated, CTIME, *clock_first)]


LONGEST = 90
"""A date isn't longer than this, with its time."""
PERIOD_SIGN = r" ?[-\u2013/] ?| to | bis "
"""What stands between the times of a period."""
FIRST_WORD = r"([^\W\d_]{2,12})(?:-feira)?\.?,? +(.*)"
YEAR_WORD = re.compile(r"(?<=0)\s?[гр]\.?$")
"""What stands behind a year in Russian and in Ukrainian."""
BEFORE = re.compile(r"(?:week (?:of|ending|commencing|beginning)|w/[ce]|w[ce]|ab|from|seit|vom):? ", re.IGNORECASE)
"""What may stand before the day that a week, or anything else, begins or ends with."""
ISO = r"\d{4}-\d\d(?:-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?)?"
DIGITS = "0123456789０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"
"""Figures, also those of East Asia, of Arabic and of Persian."""
ALIKE = str.maketrans(dict.fromkeys(DIGITS, "0") | dict.fromkeys("\u00a0\u2009\u202f\u3000", " "))
"""To see how a date is written: its figures all 0, its blanks of one sort."""


def is_iso(text: str) -> bool:
    """Of a text in the form of ISO 8601: whether there is such a time."""
    try:
        iso_time(text)
    except ValueError:
        return False
    return True


class Moment(NamedTuple):
    """A date as a cell spells it.

    time:   as it stands there, whatever its offset
    offset: from Greenwich; None where nothing says it
    unit:   to what it is exact: 0 for months, 1 days, 2 minutes, 3 seconds, 3 + n for n decimals of them
    """

    time: datetime.datetime
    offset: datetime.timedelta | None
    unit: int


MONTHLY, DAILY, MINUTES, SECONDS = range(4)


Layout: TypeAlias = dict[str, slice]
"""Where the parts of a date stand in a text."""


@lru_cache(maxsize=50_000)
def layout_of(text: str) -> Layout | None:
    """Of a text whose figures are all 0; None where it isn't written as dates are."""
    if len(text) > LONGEST or "0" not in text:
        return None
    if text[0] == "[" and text[-1] == "]":
        return matched(text[1:-1], 1)
    if text[-1] in ".гр" and (year := YEAR_WORD.search(text)):
        text = text[: year.start()]
    day = without_first_words(text)
    return matched(text, 0) or matched(day, len(text) - len(day)) or of_period(text)


def of_period(text: str) -> Layout | None:
    """Of a time from one until another, which may be one of the same day: where the parts of the first stand."""
    for found in re.finditer(PERIOD_SIGN, text):
        start, end = text[: found.start()], text[found.end() :]
        layout = matched(start, 0)
        if layout and "hour" in layout and (matched(end, 0) or re.fullmatch(CLOCK, end)):
            return {**layout, "until": slice(found.start(), len(text))}
    return None


def matched(text: str, start: int) -> Layout | None:
    for pattern in patterns():
        found = pattern.fullmatch(text)
        if found and ("word" not in pattern.groupindex or found["word"] is None or found["word"].lower() in MONTHS):
            spans = {part: found.span(part) for part in pattern.groupindex}
            return {part: slice(start + i, start + j) for part, (i, j) in spans.items() if i >= 0}
    return None


def without_first_words(text: str) -> str:
    """``Fri, 31 Dec 2021`` without its first word, ``Week of Dec 27, 2021`` without two; "" where it has none such."""
    if found := BEFORE.match(text):
        return text[found.end() :]
    found = re.fullmatch(FIRST_WORD, text)
    return found[2] if found and found[1].lower() in WEEKDAYS else ""


def moment_in(text: str, layout: Layout, order: Order = "day-first", first_year: int = FIRST_YEAR) -> Moment | None:
    """The date that a text spells; None where there is no such day or time.

    first_year: that a year of two figures may be
    """
    parts = {part: text[place] for part, place in layout.items()}
    try:
        date, unit = date_of(parts, order, first_year)
        if "hour" in parts:
            clock, unit = clock_of(parts)
            date += clock
        offset = offset_of(parts["zone"]) if "zone" in parts else None
    except (ValueError, OverflowError, KeyError):
        return None
    return Moment(date, offset, unit) if date.year in YEARS else None


def date_of(parts: Mapping[str, str], order: Order, first_year: int) -> tuple[datetime.datetime, int]:
    """The day, and to what it is exact. Raises ValueError where there is none such."""
    if "a" in parts:
        a, b, c = int(parts["a"]), int(parts["b"]), parts["c"]
        if order == "year-first":
            if len(c) > 2:
                raise ValueError(c)
            return datetime.datetime(year_of(parts["a"], first_year), b, int(c)), DAILY
        day, month = (a, b) if order == "day-first" else (b, a)
        return datetime.datetime(year_of(c, first_year), month, day), DAILY
    year = year_of_era(parts) if "year_of_era" in parts else year_of(parts["year"], first_year)
    if "ordinal" in parts:
        return ordinal(year, int(parts["ordinal"])), DAILY
    if "quarter" in parts:
        return datetime.datetime(year, 3 * int(parts["quarter"]) - 2, 1), MONTHLY
    if "semester" in parts:
        return datetime.datetime(year, 6 * int(parts["semester"]) - 5, 1), MONTHLY
    if "week" in parts:
        found = datetime.date.fromisocalendar(year, int(parts["week"]), int(parts.get("weekday", 1)))
        return datetime.datetime(found.year, found.month, found.day), DAILY
    month = MONTHS[parts["word"].lower()] if "word" in parts else int(parts["month"])
    return datetime.datetime(year, month, int(parts.get("day", 1))), DAILY if "day" in parts else MONTHLY


def ordinal(year: int, day: int) -> datetime.datetime:
    """A day of a year, the first of which is 1. Raises ValueError for one that it doesn't have."""
    found = datetime.datetime(year, 1, 1) + datetime.timedelta(days=day - 1)
    if found.year != year:
        raise ValueError(day)
    return found


def year_of(text: str, first_year: int = FIRST_YEAR) -> int:
    text = text.lstrip("'")
    year = int(text)
    return year if len(text) > 2 else first_year + (year - first_year) % 100


def year_of_era(parts: Mapping[str, str]) -> int:
    """Raises KeyError where nothing says which era."""
    year = parts["year_of_era"]
    return (ERAS | SHORT_ERAS)[parts["era"]] + (1 if year == "元" else int(year))


def short_year(text: str, layout: Layout, order: Order) -> int | None:
    """The year of a date where it is written by two figures."""
    if "year_of_era" in layout:
        return None
    place = layout.get("year") or layout.get("a" if order == "year-first" else "c")
    year = text[place].lstrip("'") if place else ""
    return int(year) if len(year) == 2 else None


def first_year_of(years: Collection[int]) -> int:
    """From which year on those of two figures are that stand in one column, so that they lie close together and none is
    far in the future."""
    if all(year_of(f"{year:02d}") < LAST_BEGIN for year in years):
        return FIRST_YEAR
    ordered = sorted(years)
    gaps = [(later - year) % 100 or 100 for year, later in zip(ordered, [*ordered[1:], ordered[0]], strict=True)]
    gap = max(gaps)
    first = ordered[(gaps.index(gap) + 1) % len(ordered)]
    last = first + 100 - gap
    if 100 - gap > WIDEST:
        return FIRST_YEAR
    begin = 2000 + first if 2000 + last < LATEST and 2000 + first < LAST_BEGIN else 1900 + first
    if all(year_of(f"{year:02d}", begin) == year_of(f"{year:02d}") for year in years):
        return FIRST_YEAR
    return begin - gap // 4  # a little before, and longer behind


def clock_of(parts: Mapping[str, str]) -> tuple[datetime.timedelta, int]:
    """The time of day, and to what it is exact. Raises ValueError where there is none such."""
    minute, second = (parts.get(f"{it}__") or parts.get(f"{it}_") or parts.get(it) for it in ("minute", "second"))
    compact, half = parts.get("compact"), parts.get("half")
    fraction = parts.get("fraction") or parts.get("fraction_") or ""
    if compact:
        minute, second = compact[:2], compact[2:]
    if len(parts["hour"]) < 2 and (compact or not (minute or half or "oclock" in parts)):
        raise ValueError("an hour alone has two figures")
    hour, minutes, seconds = int(parts["hour"]), int(minute or 0), int(second or 0)
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("a clock of 12 hours")
        hour = hour % 12 + 12 * (half in "pP")
    if "noon" in parts and hour <= 12:
        hour = hour % 12 + NOON[parts["noon"]]
    if minutes > 59 or seconds > 59 or hour > 24 or (hour == 24 and (minutes or seconds)):
        raise ValueError("no such time")
    unit = SECONDS + min(len(fraction), 6) if second else MINUTES
    return datetime.timedelta(0, seconds, int(f"{fraction:0<6}"[:6]) if fraction else 0, 0, minutes, hour), unit


def offset_of(zone: str | None) -> datetime.timedelta | None:
    """Raises KeyError for letters that name none."""
    if not zone:
        return None
    zone = zone.upper()
    if zone in ZONES:
        return datetime.timedelta(hours=ZONES[zone])
    figures = re.fullmatch(r"(?:UTC|GMT)?([+\-\u2212])(\d\d?):?(\d\d)?", zone)
    if figures is None:
        raise KeyError(zone)
    ahead = datetime.timedelta(hours=int(figures[2]), minutes=int(figures[3] or 0))
    return ahead if figures[1] == "+" else -ahead


def iso(moment: Moment, unit: int, offset: str = "") -> str:
    """A moment as ISO 8601 writes it, so that texts are in the order of time.

    unit, offset: those of all in the column
    """
    time = moment.time
    if offset and moment.offset is not None and (ahead := moment.offset - (offset_of(offset) or ZERO)):
        time -= ahead
    if unit == MONTHLY:
        return f"{time.year:04d}-{time.month:02d}"
    if unit == DAILY:
        return f"{time.year:04d}-{time.month:02d}-{time.day:02d}"
    if unit <= SECONDS:
        return time.isoformat(" ", "minutes" if unit == MINUTES else "seconds") + offset
    return time.isoformat(" ", "microseconds")[: 20 + unit - SECONDS] + offset


ZERO = datetime.timedelta()
