"""Files in older encodings are read as what they were written in, and say so; what can't be read is named."""

from __future__ import annotations

import pytest

import elman.data.readers.encodings as encodings
from elman import extras
from elman.data.format import Format, ReadingOptions
from elman.data.readers import read, read_table
from elman.errors import DataFileError, ExtraMissingError

SENTENCES = {
    "ru": "Комната была светлая и тёплая.|Очень грязно и холодно, больше не приедем.|Завтрак вкусный, вид на море.",
    "uk": "Кімната була світла й тепла.|Дуже брудно і холодно, більше не приїдемо.|Їжа смачна, вид на море чудовий.",
    "el": "Το δωμάτιο ήταν φωτεινό και ζεστό.|Πολύ βρώμικο και κρύο, δεν ξαναπάμε.|Άριστο πρωινό και θέα.",
    "he": "החדר היה מואר וחם מאוד.|מלוכלך וקר, לא נחזור לשם.|ארוחת הבוקר טעימה והנוף יפה.",
    "ar": "كانت الغرفة مشرقة ودافئة.|قذرة وباردة جدا ولن نعود.|الفطور لذيذ والمنظر جميل.",
    "th": "ห้องพักสว่างและอบอุ่นมาก|สกปรกและหนาวมาก ไม่กลับมาอีก|อาหารเช้าอร่อยและวิวสวย",
    "zh": "房间很干净，服务也很好。|又脏又冷，我们不会再来了。|早餐很好吃，可以看到大海。",
    "tw": "房間很乾淨，服務也很好。|又髒又冷，我們不會再來了。|早餐很好吃，可以看到大海。",
    "ja": "部屋は明るくて暖かかったです。|とても汚くて寒いので、もう行きません。|朝食がおいしく、海が見えます。",
    "ko": "방이 밝고 따뜻했습니다.|너무 더럽고 추워서 다시는 가지 않겠습니다.|아침 식사가 맛있고 바다가 보입니다.",
    "pl": "Pokój był jasny i ciepły, śniadanie świetne.|Brudno, już nie wrócimy, żałujemy.|Piękny widok na morze.",
    "cs": "Pokoj byl světlý a teplý, snídaně výborná.|Špinavý, už nepřijedeme.|Krásný výhled na moře, žádný hluk.",
    "hu": "A szoba nagyon világos és meleg volt.|Nem ajánlom, őszintén szólva túl hideg.|Csak egy reggeli volt, hűvös.",
    "tr": "Oda çok aydınlık ve sıcaktı.|Çok kirliydi, bir daha gelmeyeceğiz.|Kahvaltı güzeldi ama manzara yok, yazık.",
    "de": "Das Zimmer war schön und geräumig.|Draußen laut, drinnen kühl und öde.|Das Frühstück war übrigens prächtig.",
    "fr": "La chambre était très claire, à côté du marché.|Sale et glacée, « jamais » plus.|Le déjeuner fut exquis.",
    "es": "La habitación era cálida, ¡qué bonita!|Sucia y fría, no volveremos el próximo año.|El desayuno, buenísimo.",
    "en": "A naïve café, they said.|It cost £5 – too much, “really”.|Nothing else was out of the ordinary.",
}  # fmt: skip
WRITTEN = [
    *(("ru", name) for name in ("cp1251", "koi8_r", "cp866", "iso8859_5")),
    *(("uk", "cp1251"), ("el", "cp1253"), ("el", "iso8859_7"), ("he", "cp1255"), ("ar", "cp1256"), ("th", "cp874")),
    *(("zh", "gb18030"), ("tw", "big5"), ("ja", "cp932"), ("ja", "euc_jp"), ("ko", "cp949")),
    *((language, name) for language in ("pl", "cs", "hu") for name in ("cp1250", "iso8859-2", "cp852")),
    *(("ru", "mac_cyrillic"), ("uk", "mac_cyrillic"), ("ja", "iso2022_jp"), ("tr", "cp1254"), ("es", "mac_roman")),
    *(("de", "cp1252"), ("fr", "cp1252"), ("es", "cp1252"), ("en", "cp1252")),
]


def table_in(language, repeats=2):
    rows = [(text, "ab"[i % 2]) for i, text in enumerate(SENTENCES[language].split("|") * repeats)]
    return "text;label\n" + "".join(f"{text};{label}\n" for text, label in rows), [text for text, _ in rows]


def written(path, content, encoding="utf-8"):
    path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(("language", "encoding"), WRITTEN)
def test_older_encodings_are_found_and_said(tmp_path, language, encoding):
    content, texts = table_in(language)
    table = read(written(tmp_path / "a.csv", content, encoding))
    assert table.columns["text"] == texts
    assert "a.csv: " in table.notes[0] and "read as " in table.notes[0] and "--encoding" in table.notes[0]
    assert read(tmp_path / "a.csv", encoding=encoding).columns == table.columns


@pytest.mark.parametrize("word", ["café", "Müller", "naïve", "Señor", "à", "£5", "20°C", "“so”", "it’s", "français"])
def test_a_single_western_word_is_windows_1252(tmp_path, word):
    """Of which charset-normalizer makes what it likes."""
    table = read(written(tmp_path / "a.csv", f"text,label\nwe met {word} there,a\nnothing else,b\n", "cp1252"))
    assert table.columns["text"][0] == f"we met {word} there"


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("gb18030", "房间 漂亮 干净 很好 很差 肮脏 难看"),
        ("big5", "房間 漂亮 乾淨 很好 很差 骯髒 難看"),
        ("cp949", "방이 예쁘고 깨끗 좋아요 별로 더러운 나빠요"),
        ("euc_jp", "部屋は きれいで とても よい ひどい 汚い 見にくい"),
        ("cp1251", "комната чудесная светлая тёплая грязная тёмная холодная"),
    ],
)
def test_few_words_that_come_again_and_again(tmp_path, encoding, words):
    """Which charset-normalizer reads as rare letters of another language."""
    first, *others = words.split()
    texts = [f"{first} {others[(7 * i + i // 5) % 6]} {i}" for i in range(240)]
    content = "text,label\n" + "".join(f"{text},{'ab'[i % 2]}\n" for i, text in enumerate(texts))
    assert read(written(tmp_path / "a.csv", content, encoding)).columns["text"] == texts


def test_it_need_not_be_installed_for_western_texts(tmp_path, monkeypatch):
    def absent(name):
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(extras, "import_module", absent)
    content, texts = table_in("de")
    assert read(written(tmp_path / "a.csv", content, "cp1252")).columns["text"] == texts
    with pytest.raises(ExtraMissingError, match=r"charset_normalizer.*elman\[files\]"):
        read(written(tmp_path / "a.csv", table_in("zh")[0], "gb18030"))
    assert read(tmp_path / "a.csv", encoding="gb18030").columns["text"] == table_in("zh")[1]
    assert read(written(tmp_path / "b.csv", table_in("ru")[0], "cp1251")).columns["text"] == table_in("ru")[1]


def test_what_is_not_sure_says_so(tmp_path):
    table = read(written(tmp_path / "a.csv", "text,label\nда нет,a\n", "cp1251"))
    assert "read as Windows-1251, which isn't sure" in table.notes[0]
    table = read(written(tmp_path / "a.csv", "text,label\nto sú ťažké slová,a\n", "cp1250"))
    assert "fits nearly as well" in table.notes[0]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "utf-8-sig"])
@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_utf_16_with_and_without_its_mark(tmp_path, language, encoding):
    content, texts = table_in(language)
    assert read(written(tmp_path / "a.csv", content, encoding)).columns["text"] == texts


def test_an_encoding_beyond_the_first_bytes(tmp_path):
    """Megabytes of ASCII stand before the first letter that tells."""
    plain = "".join(f"the room {i} was dull;bad\n" for i in range(60_000))
    content, texts = table_in("ru")
    table = read(written(tmp_path / "a.csv", content.replace("\n", f"\n{plain}", 1), "cp1251"))
    assert table.columns["text"][60_000:] == texts


def test_the_encoding_that_was_learned_from_comes_first_where_a_file_is_valid_in_it(tmp_path):
    options = ReadingOptions(kept=Format("koi8_r", ";", True), names=("text", "label"))
    path = written(tmp_path / "a.csv", "text;label\nда;a\n", "koi8_r")
    assert read_table([path], options).columns == {"text": ["да"], "label": ["a"]}
    assert read_table([path], options).notes[0].endswith("read as KOI8-R, like the data that was learned from")
    assert read_table([written(path, "text;label\nда;a\n")], options).columns["text"] == ["да"]
    assert read_table([written(path, "text;label\nда;a\n", "utf-16")], options).columns["text"] == ["да"]


def test_lines_that_cannot_be_read_are_named_or_left_out(tmp_path):
    path = written(tmp_path / "a.csv", b"text,label\nfine,a\nbro\xffken,b\nze\0ro,b\nlast,a\n")
    with pytest.raises(DataFileError, match=r"a\.csv:4: holds a zero byte.*--skip-bad"):
        read(path)
    with pytest.raises(DataFileError, match=r"a\.csv:3: holds the byte 0xff, which isn't UTF-8.*--encoding.*--skip"):
        read(path, encoding="utf-8")
    table = read(path, encoding="utf-8", skip_bad=True)
    assert table.columns == {"text": ["fine", "last"], "label": ["a", "a"]}
    assert [item.place.rsplit(":")[-1] for item in table.skipped] == ["3", "4"]
    quoted = written(tmp_path / "b.csv", b'text,label\n"two\nli\0nes, one cell",a\n"three\nmore, lines",b\n')
    assert read(quoted, skip_bad=True).columns == {"text": ["three\nmore, lines"], "label": ["b"]}
    lines = written(tmp_path / "c.txt", b"one line\n\ntwo\0 lines\nthree lines\n")
    assert read(lines, skip_bad=True).columns["text"] == ["one line", "", "three lines"]
    first, second = written(tmp_path / "t.en", b"a b\nc\0\ne\n"), written(tmp_path / "t.de", b"x y\nz\nw\n")
    assert read([first, second], skip_bad=True).columns == {"en": ["a b", "e"], "de": ["x y", "w"]}
    words = written(tmp_path / "d.conll", b"a O\nb\0 O\nc O\n\nd O\ne O\n\n")
    assert read(words, skip_bad=True).columns["token"] == [["d", "e"]]
    objects = written(tmp_path / "e.jsonl", b'{"a": 1}\n{"a": "\0"}\n{"a": 3}\n')
    assert read(objects, skip_bad=True).columns == {"a": [1, 3]}


def test_a_file_that_was_cut_off_within_a_character(tmp_path):
    path = written(tmp_path / "a.csv", "a,b\n1,2\n3,4\n".encode("utf-16")[:-1])
    with pytest.raises(DataFileError, match=r"a\.csv:3: holds half a character of UTF-16.*cut off"):
        read(path)


def test_marks_of_files_that_were_put_together(tmp_path):
    path = written(tmp_path / "a.csv", "text,label\none,a\n".encode("utf-8-sig") + "two,b\n".encode("utf-8-sig"))
    table = read(path)
    assert table.columns["text"] == ["one", "two"]
    assert "a.csv: byte-order marks within it were left out" in table.notes


def test_an_encoding_that_is_said_but_wrong(tmp_path):
    path = written(tmp_path / "a.csv", "text,label\n" + "привет всем,a\n" * 900)
    for encoding in ("ascii", "utf-16", "utf-32"):
        with pytest.raises(DataFileError, match=r"a\.csv.*(isn't|half a character)"):
            read(path, encoding=encoding)
    with pytest.raises(DataFileError, match=r"isn't ASCII: .* of its first lines"):
        read(path, encoding="ascii", skip_bad=True)


def test_each_language_is_explained_by_its_letters():
    for language in ("pl", "cs", "de", "fr", "es"):
        assert encodings.explained(table_in(language)[0]) == 1.0
    assert encodings.explained("Straße".encode().decode("cp1252")) <= 0.5


WORDS = {
    "cp1251": "качество доставка отлично плохо размер цвет",
    "koi8_r": "качество доставка отлично плохо размер цвет",
    "mac_cyrillic": "Качество доставка отлично плохая размеры цвета",
    "iso8859_7": "δωμάτιο πρωινό καθαρό κέντρο τιμή ποιότητα",
    "cp1255": "חדר נקי ארוחה מרכז מחיר איכות",
    "cp1256": "غرفة نظيفة إفطار مركز سعر جودة",
    "cp874": "ห้อง อาหาร สะอาด ราคา คุณภาพ บริการ",
}


@pytest.mark.parametrize("encoding", WORDS)
def test_a_word_in_each_row_is_enough(tmp_path, encoding):
    words = WORDS[encoding].split() * 10
    content = "word,label\n" + "".join(f"{word},{'ab'[i % 2]}\n" for i, word in enumerate(words))
    assert read(written(tmp_path / "a.csv", content, encoding)).columns["word"] == words


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp"])
def test_short_japanese_tables_without_kana(tmp_path, encoding):
    """Of dates, weather and goods, as spreadsheets have them."""
    for words in ("日付,気温,天気", "売上,月,地域", "年月日,降水量,備考"):
        rows = [f"2022年{i}月1日,{i},{'晴雨'[i % 2]}" for i in range(1, 9)]
        path = written(tmp_path / "a.csv", "\n".join([words, *rows]) + "\n", encoding)
        assert read(path).names == words.split(",")


@pytest.mark.parametrize(
    ("header", "cells", "encoding"),
    [
        ("時間", ["2022/1/25 上午 05:00", "2022/1/25 下午 06:00"], "big5"),  # whose second bytes are letters of ASCII
        ("月日", ["１２", "２０２２"], "cp932"),
    ],
)
def test_a_few_signs_of_east_asia(tmp_path, header, cells, encoding):
    content = f"{header},v\n" + "".join(f'"{cell}",{i}\n' for i, cell in enumerate(cells * 20))
    assert read(written(tmp_path / "a.csv", content, encoding)).names[0] == header


@pytest.mark.parametrize("encoding", ["cp1252", "cp1251", "gbk"])
def test_lines_of_two_encodings_are_not_read_in_one(tmp_path, encoding):
    word = {"cp1252": "größter Ärger", "cp1251": "привет всем", "gbk": "这部电影非常好看"}[encoding]
    lines = [f"{word} {i},{'ab'[i % 2]}\n".encode("utf-8" if i % 2 else encoding) for i in range(60)]
    (path := tmp_path / "a.csv").write_bytes(b"text,label\n" + b"".join(lines))
    with pytest.raises(DataFileError, match=r"a\.csv:2: .* in 30 of 60 lines .* pass --encoding"):
        read(path)
    assert len(read(path, encoding=encoding, skip_bad=True)) == 60
    (path := tmp_path / "b.csv").write_bytes(b"text,label\n" + b"".join(lines[::2]))
    assert read(path).columns["text"][0] == f"{word} 0"
