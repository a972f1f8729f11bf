"""Pictures with the answers to them, side by side on one sheet."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from elman.errors import TaskError
from elman.fields.files import extra
from elman.fields.image import open_picture
from elman.tasks.base import Prediction

SHOWN = 200
COLUMNS = 8
SIDE, MARGIN, LINE, LINES = 144, 8, 15, 4  # pixels of a picture, around it, and of a line of text; lines of an answer
LETTERS = 22  # that fit on a line


def contact_sheet(rows: Iterable[tuple[Any, Prediction]]) -> bytes:
    """A PNG file: each picture (given by its path) as large as the others, its answer below it.

    Of many pictures the first ``SHOWN``, and then it says so. Raises TaskError where there is none.
    """
    images, drawing, fonts = (extra(f"PIL.{name}", "image") for name in ("Image", "ImageDraw", "ImageFont"))
    first = list(islice(rows, SHOWN + 1))
    if not first:
        raise TaskError("there is no picture to put on a contact sheet")
    shown = first[:SHOWN]
    across = min(COLUMNS, len(shown))
    width, height = SIDE + 2 * MARGIN, SIDE + 2 * MARGIN + LINES * LINE
    down = math.ceil(len(shown) / across)
    more = len(first) > SHOWN
    sheet = images.new("RGB", (across * width, down * height + more * (LINE + MARGIN)), "white")
    pen, font = drawing.Draw(sheet), fonts.load_default(size=12)
    for i, (path, answer) in enumerate(shown):
        left, top = i % across * width + MARGIN, i // across * height + MARGIN
        picture = thumbnail(Path(str(path)))
        sheet.paste(picture, (left + (SIDE - picture.width) // 2, top + SIDE - picture.height), picture)
        for n, line in enumerate(lines_of(answer)):
            pen.text((left, top + SIDE + 2 + n * LINE), line, "black", font)
    if more:
        pen.text((MARGIN, down * height), f"the first {SHOWN} pictures", "black", font)
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def thumbnail(path: Path) -> Any:
    """A Pillow image, RGBA, that fits into the square of a sheet."""
    images, operations = extra("PIL.Image", "image"), extra("PIL.ImageOps", "image")
    with open_picture(path) as picture:
        picture.draft(None, (SIDE, SIDE))
        return operations.contain(
            operations.exif_transpose(picture).convert("RGBA"), (SIDE, SIDE), images.Resampling.BOX
        )


def lines_of(answer: Prediction) -> list[str]:
    """The answer, and how sure the model is, on at most ``LINES`` lines."""
    value = ", ".join(map(str, answer.value)) if isinstance(answer.value, list) else answer.value
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    if answer.probability is not None:
        text += f" ({answer.probability:.0%})"
    return textwrap.wrap(text, LETTERS, max_lines=LINES, placeholder=" …") or [""]
