# pyright: strict
"""Formats that aren't read: known by their first bytes or their names, and refused with what converts them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from elman.errors import DataFileError

CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
HEAD = 4096
"""Bytes that are looked at."""


@dataclass(frozen=True)
class Foreign:
    """A format that isn't read.

    called: the format, for people, after "is"
    advice: what to do; ``{path}`` and ``{stem}`` are its path with and without the ending, or with
            another where the command writes a file with that of the one it reads
    starts: first bytes of such files, any of them
    suffixes: endings of their names
    text: such files hold no byte that text hasn't: their beginnings and names alone tell
    """

    called: str
    advice: str
    starts: tuple[bytes, ...] = ()
    suffixes: frozenset[str] = frozenset()
    text: bool = False

    def fits(self, path: Path, head: bytes) -> bool:
        if not self.text and not CONTROLS.search(head):
            return False
        return head.startswith(self.starts) or path.suffix.lower() in self.suffixes


def by_pandas(reader: str, needs: str = "", options: str = "") -> str:
    """The command that makes a CSV file by a function of pandas."""
    return (
        f'Convert it (pip install pandas{f" {needs}" if needs else ""}): python -c "import pandas; '
        f"pandas.{reader}('{{path}}'{options}).to_csv('{{stem}}.csv', index=False)\""
    )


def of(suffixes: str) -> frozenset[str]:
    return frozenset(suffixes.split())


def as_png(before: str = "") -> str:
    """The command that saves the pictures beside one as PNG."""
    return (
        f"python -c \"{before}import pathlib; from PIL import Image; [Image.open(p).save(p.with_suffix('.png')) for p "
        "in pathlib.Path('{path.parent}').glob('*{path.suffix}')]\" , in each folder; take the others away."
    )


def as_frames(video: str, folder: str) -> str:
    """The command that makes a clip of a video: a folder of pictures, five a second."""
    return f"mkdir {folder} && ffmpeg -i {video} -r 5 {folder}/%04d.png"


OF_SUBTITLES = (
    "Take their text (pip install pysubs2): python -c \"import pysubs2; print('\\n'.join(line.plaintext for line "
    "in pysubs2.load('{path}')))\" > {stem}.txt"
)


LOCK = "~$"
"""How the names of files begin that office programs keep beside a document that is open."""
PICTURES, RECORDINGS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM"), (b"RIFF", b"fLaC", b"OggS", b"ID3")
"""First bytes of such files."""
VIDEOS = frozenset({".avi", ".mp4", ".mov", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".flv"})
ONE_OF_MANY = "Pass a folder of such files, or a table whose cells name them."
WFDB = Foreign(
    "a part of a recording of PhysioNet (WFDB)",
    "Make a table of that (pip install wfdb pandas): python -c \"import pandas, wfdb; r = wfdb.rdrecord('{stem}'); "
    "pandas.DataFrame(r.p_signal, columns=r.sig_name).to_csv('{stem}.csv', index=False)\"",
    (),
    of(".hea"),
    text=True,
)
FORMATS = (
    Foreign(
        "a dump of a database",
        "Load it there, and write a table as CSV: psql --csv -c 'SELECT * FROM NAME', mysql --batch -e ..., "
        "sqlite3 -header -csv",
        (b"-- MySQL dump", b"-- MariaDB dump", b"--\n-- PostgreSQL database dump", b"CREATE TABLE ", b"INSERT INTO "),
        of(".sql"),
        text=True,
    ),
    Foreign(
        "subtitles",
        OF_SUBTITLES,
        (b"WEBVTT", b"\xef\xbb\xbfWEBVTT", b"[Script Info]"),
        of(".srt .vtt .ass .ssa .sbv"),
        text=True,
    ),
    Foreign(
        "games of chess (PGN)",
        'Take their moves, and who won: python -c "import csv, re, sys; w = csv.writer(sys.stdout); w.writerow('
        "['moves', 'result']); [w.writerow([' '.join(re.sub(r'\\{{[^}}]*\\}}|\\d+\\.+', ' ', m).split()[:-1]), "
        "m.split()[-1]]) for m in re.split(r'(?:^\\[.*\\]\\s*)+', open('{path}').read(), flags=re.M) if m.strip()]\" "
        "> {stem}.csv",
        (b'[Event "', b'\xef\xbb\xbf[Event "'),
        of(".pgn"),
        text=True,
    ),
    Foreign(
        "a catalogue of gettext",
        'Convert it (pip install polib pandas): python -c "import pandas, polib; pandas.DataFrame([(e.msgid, e.msgstr) '
        "for e in polib.pofile('{path}').translated_entries()], columns=['source', 'target']).to_csv('{stem}.csv', "
        'index=False)"',
        (),
        of(".po .pot"),
        text=True,
    ),
    Foreign(
        "an annotation of Praat",
        "Save its labels and times there as a table: Down to Table, then Save as comma-separated file.",
        (b'File type = "ooTextFile"',),
        of(".textgrid"),
        text=True,
    ),
    Foreign(
        "YAML",
        'Write it as JSON (pip install pyyaml): python -c "import json, yaml; '
        "json.dump(yaml.safe_load(open('{path}')), open('{stem}.json', 'w'), default=str)\"; of intents for Rasa: "
        "rasa data convert nlu -f json",
        (b"%YAML",),
        of(".yml .yaml"),
        text=True,
    ),
    Foreign(
        "a document of WebAnno or INCEpTION",
        "Export it there in the format CoNLL 2002, which is read.",
        (b"#FORMAT=WebAnno",),
        text=True,
    ),
    Foreign(
        "a pointer of Git LFS, and not the file itself",
        "Fetch that: git lfs pull.",
        (b"version https://git-lfs.github.com/spec/",),
        text=True,
    ),
    Foreign(
        "a family tree (GEDCOM)",
        "Export its persons as a table (CSV) in the program that made it, such as Gramps.",
        (b"0 HEAD", b"\xef\xbb\xbf0 HEAD"),
        of(".ged"),
        text=True,
    ),
    Foreign(
        "a file of word vectors",
        "Pass it by --vectors, beside the data that is to be learned from.",
        (),
        of(".vec .w2v .glove"),
        text=True,
    ),
    Foreign(
        "a file of weather stations in fixed columns (GHCN)",
        "The same data as CSV, a file for each station: https://www.ncei.noaa.gov/data/global-historical-climatology-"
        "network-daily/access/",
        (),
        of(".dly"),
        text=True,
    ),
    Foreign(
        "a file of a bank's statements (MT940)",
        'Make a table of them (pip install mt-940 pandas): python -c "import mt940, pandas; pandas.DataFrame([t.data '
        "for t in mt940.parse('{path}')]).to_csv('{stem}.csv', index=False)\"; or export them there as CSV.",
        (b"{1:F01", b":20:"),
        of(".sta .mt940 .940"),
        text=True,
    ),
    Foreign(
        "a list of references (BibTeX)",
        'Make a table of it (pip install bibtexparser pandas): python -c "import bibtexparser, pandas; '
        "pandas.DataFrame(bibtexparser.load(open('{path}')).entries).to_csv('{stem}.csv', index=False)\"",
        (),
        of(".bib"),
        text=True,
    ),
    Foreign("a list of references (RIS)", "Export it as CSV, as Zotero does.", (b"TY  - ",), of(".ris"), text=True),
    Foreign(
        "a calendar, or cards with addresses",
        "Export it as a table (CSV) in the program that made it.",
        (b"BEGIN:VCALENDAR", b"BEGIN:VCARD"),
        of(".ics"),
        text=True,
    ),
    Foreign(
        "a box of mails",
        'Make a table of them: python -c "import csv, mailbox, sys; w = csv.writer(sys.stdout); w.writerow(['
        "'from', 'subject', 'text']); [w.writerow([m['from'], m['subject'], p.get_payload()]) for m in "
        "mailbox.mbox('{path}') for p in m.walk() if p.get_content_type() == 'text/plain']\" > {stem}.csv",
        (),
        of(".mbox"),
        text=True,
    ),
    Foreign(
        "a recording of the brain or of nerves (EDF, BDF, GDF, BrainVision or FIF)",
        "Make a table of it (pip install mne pandas): python -c \"import mne; mne.io.read_raw('{path}')"
        ".to_data_frame().to_csv('{stem}.csv', index=False)\"",
        (b"\xffBIOSEMI", b"GDF ", b"Brain Vision Data Exchange"),
        of(".edf .bdf .gdf .vhdr .fif"),
        text=True,
    ),
    WFDB,
    Foreign(
        "a netCDF file",
        'Make a table of it (pip install xarray netcdf4 pandas): python -c "import xarray; xarray.open_dataset('
        "'{path}').to_dataframe().reset_index().to_csv('{stem}.csv', index=False)\"",
        (b"CDF\x01", b"CDF\x02", b"CDF\x05"),
        of(".nc .nc4 .cdf"),
    ),
    Foreign("an SPSS file", by_pandas("read_spss", "pyreadstat"), (b"$FL2", b"$FL3"), of(".sav .zsav")),
    Foreign("a portable SPSS file", "Save it as .sav in SPSS or PSPP, and that as CSV.", (), of(".por"), text=True),
    Foreign(
        "a SAS file",
        by_pandas("read_sas", options=", encoding='latin-1'"),
        (bytes(12) + b"\xc2\xea\x81\x60",),
        of(".sas7bdat"),
    ),
    Foreign(
        "a SAS transport file",
        by_pandas("read_sas", options=", encoding='latin-1'"),
        (b"HEADER RECORD*******L",),
        of(".xpt"),
        text=True,
    ),
    Foreign("a Stata file", by_pandas("read_stata"), (b"<stata_dta>",), of(".dta")),
    Foreign("a Feather file", by_pandas("read_feather", "pyarrow"), (b"ARROW1", b"FEA1"), of(".feather")),
    Foreign(
        "an Arrow stream, as Hugging Face's datasets keep",
        'Convert it (pip install pyarrow): python -c "import pyarrow, pyarrow.parquet; pyarrow.parquet.write_table('
        "pyarrow.ipc.open_stream('{path}').read_all(), '{stem}.parquet')\"",
        (b"\xff\xff\xff\xff",),
        of(".arrow"),
    ),
    Foreign("an ORC file", by_pandas("read_orc", "pyarrow"), (b"ORC",), of(".orc")),
    Foreign(
        "an Avro file",
        'Convert it (pip install pandas fastavro): python -c "import pandas, fastavro; '
        "pandas.DataFrame(fastavro.reader(open('{path}', 'rb'))).to_csv('{stem}.csv', index=False)\"",
        (b"Obj\x01",),
        of(".avro"),
    ),
    Foreign(
        "a file of R",
        "Convert it in R: write.csv(readRDS('{path}'), '{stem}.csv', row.names=FALSE) for .rds; for a workspace (.rda, "
        ".RData): print(load('{path}')), then write.csv(NAME, '{stem}.csv', row.names=FALSE).",
        (b"RDX2\n", b"RDX3\n", b"X\n\x00\x00\x00"),
        of(".rda .rdata .rds"),
    ),
    Foreign(
        "a Python pickle",
        "To open one runs whatever program is in it, so Elman never does. If you trust who made it, and it is a table: "
        "python -c \"import pandas; pandas.read_pickle('{path}').to_csv('{stem}.csv', index=False)\"",
        (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"),
        of(".pkl .pickle .joblib"),
        text=True,
    ),
    Foreign(
        "an HDF5 file",
        'Of a table that pandas wrote (pip install pandas tables): python -c "import pandas; '
        "pandas.read_hdf('{path}').to_csv('{stem}.csv', index=False)\"; of arrays (pip install h5py): python -c "
        "\"import h5py, numpy; f = h5py.File('{path}'); numpy.savez('{stem}.npz', **{{k: f[k][()] for k in f}})\"",
        (b"\x89HDF\r\n\x1a\n",),
        of(".h5 .hdf5 .hdf"),
    ),
    Foreign(
        "a MATLAB file",
        "Convert it (pip install scipy): python -c \"import numpy, scipy.io; m = scipy.io.loadmat('{path}'); "
        "numpy.savez('{stem}.npz', **{{k: v for k, v in m.items() if k[0] != '_'}})\"",
        (b"MATLAB 5.0", b"MATLAB 7"),
        of(".mat"),
    ),
    Foreign(
        "an IDX file, as MNIST and its kin are kept",
        'Put pictures and their labels into one file of arrays (gunzip them first): python -c "import numpy; '
        "read = lambda name: (lambda b: numpy.frombuffer(b, numpy.uint8, offset=4 + 4 * b[3]).reshape("
        "numpy.frombuffer(b, '>i4', b[3], 4)))(open(name, 'rb').read()); "
        "numpy.savez('train.npz', x=read('IMAGES'), y=read('LABELS'))\"",
        (b"\x00\x00\x08\x01", b"\x00\x00\x08\x03"),
    ),
    Foreign(
        "an SQLite database",
        "Write a table of it as CSV: sqlite3 {path} .tables lists their names; sqlite3 -header -csv {path} "
        "'SELECT * FROM NAME' > {stem}.csv",
        (b"SQLite format 3\x00",),
        of(".sqlite .sqlite3"),
    ),
    Foreign("a DuckDB database", "Write a table of it: duckdb {path} \"COPY NAME TO 't.parquet'\"", (), of(".duckdb")),
    Foreign("a PDF", "Export its text (pdftotext {path}), or its table as CSV.", (b"%PDF-",), of(".pdf"), text=True),
    Foreign(
        "a document",
        "Save its text as plain text, or its table as CSV: soffice --headless --convert-to txt:Text {path}",
        (),
        of(".docx .doc .odt .pptx .ppt .odp .epub"),
    ),
    Foreign(
        "rich text",
        "Save it as plain text: soffice --headless --convert-to txt:Text {path}",
        (b"{\\rtf",),
        of(".rtf"),
        text=True,
    ),
    Foreign("a sheet of Apple Numbers", "Export it there as CSV or .xlsx.", (), of(".numbers")),
    Foreign("a 7-Zip archive", "Unpack it: 7z x {path}", (b"7z\xbc\xaf\x27\x1c",), of(".7z")),
    Foreign("a RAR archive", "Unpack it: unrar x {path}", (b"Rar!\x1a\x07",), of(".rar")),
    Foreign("packed by zstd", "Unpack it: zstd -d {path}", (b"\x28\xb5\x2f\xfd",), of(".zst")),
    Foreign("packed by lz4", "Unpack it: lz4 -d {path}", (b"\x04\x22\x4d\x18",), of(".lz4")),
    Foreign("packed by compress", "Unpack it: uncompress {path}", (b"\x1f\x9d",), of(".z")),
    Foreign("a zip archive", "Unpack it.", (b"PK\x03\x04",)),
    Foreign(
        "a picture in TIFF",
        f"Save such pictures as PNG, of several pages the first (pip install pillow): {as_png()}",
        (b"II*\x00", b"MM\x00*"),
        of(".tif .tiff"),
    ),
    Foreign(
        "a picture in HEIC",
        "Save such pictures as PNG (pip install pillow pillow-heif): "
        + as_png("import pillow_heif; pillow_heif.register_heif_opener(); "),
        (),
        of(".heic .heif"),
    ),
    Foreign("a picture", ONE_OF_MANY, PICTURES),
    Foreign(
        "a recording, but in none of WAV, FLAC, OGG, MP3 and AIFF",
        "Convert it, and others beside it: ffmpeg -i {path} {stem}.wav",
        (b".snd", b"caff", b"RF64", b"riff"),
        of(".au .snd .caf .rf64 .w64 .m4a .aac .wma .amr .opus"),
    ),
    Foreign(
        "a video",
        f"Cut each into pictures, in a folder of its own, and pass that of all: {as_frames('{path}', '{stem}')}",
        (),
        VIDEOS,
    ),
    Foreign("a recording", ONE_OF_MANY, RECORDINGS, of(".mp3")),
    Foreign("a MIDI file", ONE_OF_MANY, (b"MThd",)),
    Foreign(
        "a TFRecord file", "Write its records as CSV or JSON lines, by TensorFlow.", (), of(".tfrecord .tfrecords")
    ),
    Foreign(
        "the weights of a network, not data",
        "Pass the data that is to be learned from.",
        (),
        of(".safetensors .onnx .pt .pth .ckpt .gguf .keras"),
    ),
)
OF_XML = {
    b"<ANNOTATION_DOCUMENT": Foreign(
        "a file of ELAN's annotations",
        "Export them there as tab-delimited text.",
        (),
        of(".eaf"),
    ),
    b"<xliff": Foreign(
        "a file of translations (XLIFF)",
        'Make a table of its pairs: python -c "import csv, sys, xml.etree.ElementTree as E; w = csv.writer(sys.stdout, '
        "delimiter='\\t'); [w.writerow([''.join(c.itertext()) for c in u if c.tag.split('}}')[-1] in ('source', "
        "'target')]) for u in E.parse('{path}').iter() if u.tag.split('}}')[-1] in ('trans-unit', 'segment')]\" > "
        "{stem}.tsv",
        (),
        of(".xlf .xliff"),
    ),
    b"<score-partwise": Foreign(
        "a score (MusicXML)",
        'Make a MIDI file of it (pip install music21): python -c "import music21; music21.converter.parse('
        "'{path}').write('midi', '{stem}.mid')\", and pass a folder of such.",
        (),
        of(".musicxml"),
    ),
    b"<tmx": Foreign(
        "a translation memory (TMX)",
        'Make a table of its pairs: python -c "import csv, sys, xml.etree.ElementTree as E; w = csv.writer(sys.stdout, '
        "delimiter='\\t'); [w.writerow([''.join(s.itertext()) for s in u.iter('seg')]) for u in E.parse('{path}')"
        ".iter('tu')]\" > {stem}.tsv",
        (),
        of(".tmx"),
    ),
    b"<GateDocument": Foreign(
        "a document of GATE",
        "Export it there as BRAT, or as CoNLL, and pass that.",
    ),
    b"<HealthData": Foreign(
        "an export of Apple Health",
        'Make a table of its records, and take the rows of one type (pip install pandas lxml): python -c "import '
        "pandas; pandas.read_xml('{path}', iterparse={{'Record': ['type', 'startDate', 'value']}})"
        ".to_csv('{stem}.csv', index=False)\"",
    ),
    b"<gpx": Foreign(
        "a track of GPS (GPX)",
        'Make a table of it: python -c "import csv, sys, xml.etree.ElementTree as E; w = csv.writer(sys.stdout); '
        "w.writerow(['time', 'lat', 'lon', 'ele']); [w.writerow([d.get('time'), p.get('lat'), p.get('lon'), "
        "d.get('ele')]) for p in E.parse('{path}').iter() if p.tag.endswith('trkpt') for d in "
        "[{{c.tag.split('}}')[-1]: c.text for c in p}}]]\" > {stem}.csv",
        (),
        of(".gpx"),
    ),
}
"""What the XML of some programs is, by what stands in its beginning."""
HTML = re.compile(rb"(\xef\xbb\xbf)?\s*(<!--.{0,1000}?-->\s*)*<(!doctype\s+html|html)\b", re.DOTALL | re.IGNORECASE)
XML = re.compile(rb"(\xef\xbb\xbf)?\s*<\?xml\b")
SCRIPT = re.compile(rb"\s*(window\.[\w.]+|(var|let|const)\s+\w+|module\.exports|export\s+default)\s*=\s*(?=[\[{])")
"""How JavaScript begins that says what a value is, as in what Twitter gives to its users."""
JSON_VALUE = re.compile(
    rb"""(\s*("([^"\\]|\\.)*"|-?\d[\d.eE+-]*(?![\d.eE+-])|true|false|null|[\[\]{},:]))+\s*(;\s*)?""", re.DOTALL
)
"""The signs of a value in JSON, up to the end of it; a program goes on otherwise."""
LIBSVM = re.compile(rb"[+-]?\d+(\.\d+)?( qid:\d+)?(\s+\d+:[+-]?[\d.]+([eE][+-]?\d+)?)+(\s*#.*)?")
VOWPAL = re.compile(rb"[+-]?\d+(\.\d+)?\s[^|:]*\|\w*\s+([^\s:|]+:[+-]?[\d.]+\s*)+(\||$)")
TREE = re.compile(rb"\((\S+) \(.*\)")
"""A sentence as a tree in brackets, such as ``(3 (2 It) (4 works))``."""
TREE_OVER_LINES = re.compile(rb"\s*\(\s*\((S|SBARQ|SINV|SQ|NP|FRAG|TOP|ROOT|IP|CP)\S*\s")
"""The same over several lines, as the Penn Treebank has them."""
NODES = re.compile(rb"(\s*(\([^\s()]*\s*(?=\(|\Z)|\([^\s()]+\s+[^\s()]+\)|\)))+")
"""Brackets of such trees: of other nodes, or of a tag and a word; a program has several words in some."""
LOGFMT = re.compile(rb"""[\w.-]+=("([^"\\]|\\.)*"|[^\s"=]*)(\s+[\w.-]+=("([^"\\]|\\.)*"|[^\s"=]*))+""")
"""Names and values with = between them."""
FASTA, SEQUENCE = re.compile(rb">\S.*"), re.compile(rb"[A-Za-z*-]{5,}")
"""A name, and letters of a sequence, as biologists write them."""
LINES_OF_INFLUX = re.compile(
    rb'[A-Za-z_][^\s,=]*(,[^\s,=]+=[^\s,=]+)* [^\s=]+=("[^"]*"|[^\s,]+)(,[^\s=]+=("[^"]*"|[^\s,]+))*( \d+)?'
)
"""What was measured, its tags, its fields, and when."""
ACCESS = re.compile(rb'\S+ \S+ \S+ \[\d\d/\w{3}/\d{4}:[\d:]+ [+-]\d{4}\] "[^"]*" \d{3} (?:\d+|-)(?: .*)?')
"""A line of a web server's log, in the common or the combined form."""
PROMETHEUS = re.compile(rb"# (HELP|TYPE) [a-zA-Z_:]\w* .*")
CHAT = re.compile(rb"\[?\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4},? \d{1,2}[:.]\d\d[^-\]]{0,9}(- |\] )[^:]{1,40}: .*")
"""A message of WhatsApp: date, time, who and what."""
PUBTATOR = re.compile(rb"\d+\|[ta]\|.*")
"""The title, or the abstract, of an article by its number."""
UPRIGHT = re.compile(rb"\*{9,} 1\. row \*{9,}|-\[ RECORD 1 \][-+]*")
"""How MySQL and PostgreSQL begin a table each of whose cells has a line of its own."""
NAMED_CELL = re.compile(rb"[ \t]*([a-z][\w/.-]*)(: | = )?.*")
SUBTITLE = re.compile(rb"\d\d:\d\d:\d\d[,.]\d{3} --> \d\d:\d\d:\d\d[,.]\d{3}.*")
"""From when until when one is shown, below its number."""
FEWEST_BLOCKS, FEWEST_CELLS = 3, 2
FEWEST_LINES = 3
PAGES = of(".html .htm .xhtml")


def refuse(path: Path, head: bytes) -> None:
    """Raise DataFileError if a file that begins with these bytes is of a format that isn't read.

    Text that begins as XML is left alone where its name says that it is text.
    """
    if not (head := head[:HEAD]):
        return
    if path.name.startswith(LOCK):
        raise DataFileError(
            f"only says that {path.name.removeprefix(LOCK)} is open in a program. Pass that file.", path
        )
    found = next((foreign for foreign in FORMATS if foreign.fits(path, head)), None)
    if path.suffix.lower() == ".dat" and path.with_suffix(".hea").is_file():
        found = WFDB
    found = found or markup(path, head) or of_lines(head)
    if found is not None:
        in_its_place = f"{{stem}}{path.suffix.lower()}" in found.advice  # a command that writes what it reads
        stem = path.with_suffix(".converted" if in_its_place else "")
        advice = found.advice.format(path=path, stem=stem)
        raise DataFileError(f"is {found.called}, which isn't read as data. {advice}", path)


def of_lines(head: bytes) -> Foreign | None:
    """What shows in the lines: features of rows as learning programs read them; trees; chats; FASTA."""
    lines = [line.rstrip() for line in head.splitlines()[: None if len(head) < HEAD else -1] if line.strip()]
    if len(lines) < FEWEST_LINES:
        return None
    if all(map(LIBSVM.fullmatch, lines)):
        return Foreign(
            "a file of LIBSVM (svmlight)",
            'Convert it (pip install pandas scikit-learn): python -c "import pandas; from sklearn.datasets import '
            "load_svmlight_file; x, y = load_svmlight_file('{path}'); "
            "pandas.DataFrame(x.toarray()).assign(label=y).to_csv('{stem}.csv', index=False)\"",
        )
    if all(map(ACCESS.fullmatch, lines)):
        return Foreign(
            "a web server's access log",
            "Make a table of it: python -c \"import csv, re, sys; w = csv.writer(sys.stdout); w.writerow(['host', "
            "'time', 'method', 'path', 'status', 'bytes']); [w.writerow(m.groups()) for t in open('{path}') if "
            r"(m := re.match(r'(\S+) \S+ \S+ \[(\S+) \S+\] .(\S+) (\S+) \S+ (\d+) (\S+)', t))]"
            '" > {stem}.csv',
        )
    if all(map(VOWPAL.match, lines)):
        return Foreign("a file of Vowpal Wabbit", "Write its features as the columns of a table, with the label last.")
    if all(map(TREE.fullmatch, lines)):
        return Foreign(
            "a file of trees in brackets",
            "Take the label of each tree and its words: python -c \"import re; [print(re.match(r'\\((\\S+)', t)[1], "
            "' '.join(re.findall(r'([^ ()]+)\\)', t)), sep='\\t') for t in open('{path}')]\" > {stem}.tsv",
        )
    closed = len(head) == HEAD or head.count(b"(") == head.count(b")")
    if TREE_OVER_LINES.match(head) and closed and NODES.fullmatch(b"\n".join(lines)):
        return Foreign(
            "a file of trees in brackets (Penn Treebank)",
            "Take its words with their tags (pip install nltk): python -c \"import nltk; [print(' '.join(w + '/' + t "
            "for w, t in tree.pos())) for tree in nltk.corpus.BracketParseCorpusReader('.', ['{path}'])"
            '.parsed_sents()]" > {stem}.txt',
        )
    if all(map(LOGFMT.fullmatch, lines)):
        return Foreign(
            "a log of names and their values (logfmt)",
            "Make a table of them: python -c \"import csv, shlex, sys; rows = [dict(p.split('=', 1) for p in "
            "shlex.split(t)) for t in open('{path}')]; w = csv.DictWriter(sys.stdout, [*dict.fromkeys(k for r in rows "
            'for k in r)]); w.writeheader(); w.writerows(rows)" > {stem}.csv',
        )
    if len(lines) > 3 and lines[0][:1] == b"@" and lines[2][:1] == b"+" and len(lines[1]) == len(lines[3]):
        return Foreign(
            "a file of readings of DNA (FASTQ)",
            "Make a table of them: python -c \"import itertools; t = open('{path}'); [print(n.split()[0][1:], "
            "s.strip(), q.strip(), sep='\\t') for n, s, _, q in zip(t, t, t, t)]\" > {stem}.tsv",
        )
    if FASTA.fullmatch(lines[0]) and all(FASTA.fullmatch(line) or SEQUENCE.fullmatch(line) for line in lines):
        return Foreign(
            "a file of sequences with their names (FASTA)",
            "Make a table of it: python -c \"[print(n.split()[0], ''.join(s.split()), sep='\\t') for n, _, s in "
            "(t.partition('\\n') for t in open('{path}').read()[1:].split('\\n>'))]\" > {stem}.tsv; labels of them go "
            "into a column beside.",
        )
    if all(map(LINES_OF_INFLUX.fullmatch, lines)):
        return Foreign(
            "a file in the line protocol of InfluxDB",
            'Make a table of them: python -c "import csv, sys; w = csv.writer(sys.stdout); [w.writerow([tags, '
            "*(f.split('=')[1].rstrip('iu') for f in fields.split(',')), *time]) for tags, fields, *time in (t.split() "
            "for t in open('{path}'))]\" > {stem}.csv, whose columns are tags, fields and time; or export CSV by "
            "influx query --raw.",
        )
    if PROMETHEUS.fullmatch(lines[0]):
        return Foreign(
            "what Prometheus reads from a server",
            "It is one moment: ask for a range of time, and write it as a table: promtool query range --format=json.",
        )
    if all(map(PUBTATOR.fullmatch, lines[:2])):
        return Foreign(
            "a file of PubTator",
            'Make an object of each article, with its spans: python -c "import json, re; [print(json.dumps(dict('
            "text=' '.join(re.findall(r'^\\d+\\|[ta]\\|(.*)', d, re.M)), label=[[int(a), int(b), k] for a, b, k in "
            "re.findall(r'^\\d+\\t(\\d+)\\t(\\d+)\\t[^\\t]*\\t(\\w+)', d, re.M)]))) for d in open('{path}')"
            ".read().split('\\n\\n') if d.strip()]\" > {stem}.jsonl",
        )
    if SUBTITLE.fullmatch(lines[1]):
        return Foreign("subtitles", OF_SUBTITLES)
    if UPRIGHT.fullmatch(lines[0]):
        return Foreign("a table with a line for each cell", "Ask for one as CSV: psql --csv, mysql --batch.")
    if sign := sign_of_named_cells(head):
        return Foreign(
            "a table with a line for each cell, behind its name",
            'Put each row in a line: python -c "import csv, sys; rows = [dict(map(str.strip, line.split('
            f"'{sign}', 1)) for line in block.splitlines() if '{sign}' in line) for block in open('{{path}}').read()"
            ".strip().split('\\n\\n')]; w = csv.DictWriter(sys.stdout, rows[0]); w.writeheader(); w.writerows(rows)\" "
            "> {stem}.csv",
        )
    if sum(map(bool, map(CHAT.fullmatch, lines))) > len(lines) / 2:
        return Foreign(
            "a chat as WhatsApp exports it",
            'Take who wrote and what: python -c "import csv, re, sys; w = csv.writer(sys.stdout); '
            "w.writerow(['who', 'text']); [w.writerow(m.groups()) for t in open('{path}', encoding='utf-8') if (m := "
            "re.match(r'.{{9,30}}?(?:- |\\] )([^:]+): (.*)', t))]\" > {stem}.csv",
        )
    return None


def sign_of_named_cells(head: bytes) -> str:
    """The sign behind the names of cells, each of which has a line of its own, where blank lines part the rows, and all
    of these have the same names in the same order; "" for any other text."""
    blocks = [block for block in re.split(rb"\r?\n\r?\n", head.strip()) if block.strip()][:-1]
    found = [[NAMED_CELL.fullmatch(line.rstrip()) for line in block.splitlines()] for block in blocks]
    rows = {tuple((cell[1], cell[2]) if cell else None for cell in row) for row in found}
    if len(blocks) < FEWEST_BLOCKS or len(rows) > 1:
        return ""
    cells = [cell for row in rows for cell in row if cell is not None]
    names, signs = ({cell[place] for cell in cells} for place in (0, 1))
    each_named = len(names) == len(found[0]) >= FEWEST_CELLS and len(signs) == 1
    return (signs.pop() or b"").decode() if each_named else ""


def is_json(text: bytes, *, cut: bool) -> bool:
    """Whether a text that begins with a bracket is a value in JSON, and no more; or its beginning, where it was cut."""
    found = JSON_VALUE.match(text)
    left = text[found.end() :] if found else text
    return not left or (cut and (left.startswith(b'"') or len(left) < len("false")))


def markup(path: Path, head: bytes) -> Foreign | None:
    if HTML.match(head) or path.suffix.lower() in PAGES:
        return Foreign(
            "a page of HTML",
            "Perhaps a page that says what went wrong was saved in place of the data: fetch the file again. Of a table "
            'in it (pip install pandas lxml): python -c "import pandas; '
            "pandas.read_html('{path}')[0].to_csv('{stem}.csv', index=False)\"",
        )
    if named := next(
        (found for name, found in OF_XML.items() if name in head or path.suffix.lower() in found.suffixes), None
    ):
        return named
    if (said := SCRIPT.match(head)) and is_json(head[said.end() :], cut=len(head) == HEAD):
        return Foreign(
            "JavaScript with a value in it",
            "Keep the value alone, which is JSON: python -c \"import re; t = open('{path}', encoding='utf-8').read(); "
            "print(t[re.search(r'[\\[{{]', t).start():].rstrip().rstrip(';'))\" > {stem}.json",
        )
    if path.suffix.lower() == ".xml" or (XML.match(head) and path.suffix.lower() != ".txt"):
        return Foreign("XML", by_pandas("read_xml", "lxml"))
    return None
