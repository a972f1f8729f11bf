"""Pictures, or clips as strips of frames, with the answers to them, side by side on one sheet."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from elman.answers.prediction import Prediction
from elman.errors import TaskError
from elman.extras import needed
from elman.frames import frames_of
from elman.kinds.files import spread
from elman.kinds.image import bits_of, open_picture, upright

SHOWN = 200
COLUMNS, STRIP = 8, 8  # pictures side by side; frames of a clip, half as large
SIDE, MARGIN, LINE, LINES = 144, 8, 15, 4  # pixels of a picture, around it, and of a line of text; lines of an answer
GAP = 4  # pixels between frames, so that it can be seen where each ends
LETTERS = 22  # that fit on a line below a picture


def contact_sheet(rows: Iterable[tuple[Any, Prediction]]) -> bytes:
    """A PNG file: each picture (given by its path) as large as the others, its answer below it.

    Of a clip (given by its folder, or a list of its frames) at most ``STRIP`` evenly spaced frames, in a row. Of many
    pictures the first ``SHOWN``, and then it says so. Raises TaskError where there is none.
    """
    images, drawing, fonts = (needed(f"PIL.{name}") for name in ("Image", "ImageDraw", "ImageFont"))
    first = list(islice(rows, SHOWN + 1))
    if not first:
        raise TaskError("there is no picture to put on a contact sheet")
    shown = [(pictures_of(cell), answer) for cell, answer in first[:SHOWN]]
    longest = max(len(pictures) for pictures, _ in shown)
    side = SIDE if longest == 1 else SIDE // 2
    width, height = longest * side + 2 * MARGIN, side + 2 * MARGIN + LINES * LINE
    across = min(max(1, COLUMNS * (SIDE + 2 * MARGIN) // width), len(shown))
    down = math.ceil(len(shown) / across)
    more = len(first) > SHOWN
    sheet = images.new("RGB", (across * width, down * height + more * (LINE + MARGIN)), "white")
    pen, font = drawing.Draw(sheet), fonts.load_default(size=12)
    for i, (pictures, answer) in enumerate(shown):
        left, top = i % across * width + MARGIN, i // across * height + MARGIN
        for t, path in enumerate(pictures):
            picture = thumbnail(path, side - GAP * (longest > 1))
            place = left + t * side + (side - picture.width) // 2, top + side - picture.height
            sheet.paste(picture, place, picture)
        for n, line in enumerate(lines_of(answer, LETTERS * longest * side // SIDE)):
            pen.text((left, top + side + 2 + n * LINE), line, "black", font)
    if more:
        pen.text((MARGIN, down * height), f"the first {SHOWN} pictures", "black", font)
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def pictures_of(cell: Any) -> list[Path]:
    """The picture of a cell, or evenly spaced frames of a clip."""
    clip = isinstance(cell, list) or Path(str(cell)).is_dir()
    return [Path(path) for path in (spread(frames_of(cell), STRIP) if clip else [str(cell)])]


def thumbnail(path: Path, side: int) -> Any:
    """A Pillow image, RGBA, that fits into a square of ``side`` pixels."""
    images, operations = needed("PIL.Image"), needed("PIL.ImageOps")
    bits = bits_of(path)
    with open_picture(path) as picture:
        picture.draft(None, (side, side))
        return operations.contain(upright(picture, bits).convert("RGBA"), (side, side), images.Resampling.BOX)


def lines_of(answer: Prediction, letters: int) -> list[str]:
    """The answer, and how sure the model is, on at most ``LINES`` lines of so many letters."""
    value = ", ".join(map(str, answer.value)) if isinstance(answer.value, list) else answer.value
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    if answer.probability is not None:
        text += f" ({answer.probability:.0%})"
    return textwrap.wrap(text, letters, max_lines=LINES, placeholder=" …") or [""]
