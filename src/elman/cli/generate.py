"""`elman generate`: let a model write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from elman.kinds.midi import Tune


def generate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The folder of a model that writes.")],
    start: Annotated[
        str, typer.Option("--start", metavar="TEXT", help="How the text begins; for music, notes (C4) or a MIDI file.")
    ] = "",
    input: Annotated[
        str | None, typer.Option("--input", metavar="VALUE", help="For one-to-many models: the value to write for.")
    ] = None,
    length: Annotated[
        int, typer.Option("--length", min=1, help="Words (or characters, chords; a note is two) to write at most.")
    ] = 200,
    temperature: Annotated[
        float, typer.Option("--temperature", min=0.0, help="Below 1: safer. Above 1: bolder. 0: always the likeliest.")
    ] = 1.0,
    top_k: Annotated[int, typer.Option("--top-k", min=0, help="Draw from the K likeliest only; 0: from all.")] = 0,
    top_p: Annotated[
        float, typer.Option("--top-p", min=0.0, max=1.0, help="Draw from the likeliest that make up P together.")
    ] = 1.0,
    seed: Annotated[int | None, typer.Option("--seed", help="The same seed writes the same text.")] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE.mid", help="For music: the file to write; by default tune.mid.")
    ] = None,
) -> None:
    """Let a model write a text, or music.

    One element after another is drawn, each given all before it. Music becomes a MIDI file, with a picture beside it.

    \b
    Examples:
      elman generate elman-model --start "Once upon a time" --length 100 --temperature 0.8
      elman generate names-model --input forest --seed 7
      elman generate tune-model --start C4 --to tune.mid
      elman generate tune-model --start first_bars.mid
    """
    from elman.errors import TaskError
    from elman.kinds.midi import Tune, is_midi
    from elman.model import load

    if to and to.suffix.lower() not in (".mid", ".midi"):
        raise typer.BadParameter(f"--to takes a file that ends in .mid; got {to}")
    target = to or Path("tune.mid")
    if is_midi(start) and Path(start).resolve() == target.resolve():
        raise typer.BadParameter(
            f"the music would be written over {start}, the file that it begins with; pass --to FILE.mid"
        )
    written = load(model).generate(
        start, input=input, length=length, temperature=temperature, top_k=top_k, top_p=top_p, seed=seed
    )
    if isinstance(written, Tune):
        keep(written, target)
    elif to:
        raise TaskError("only music is written to a file; leave out --to, and the text is printed")
    else:
        print(written)


def keep(tune: Tune, to: Path) -> None:
    """The tune as a MIDI file, and as a picture beside it."""
    from importlib.util import find_spec

    from elman.answers.piano_roll import piano_roll
    from elman.cli.console import console, say
    from elman.extras import install
    from elman.paths import replacing

    tune.save(to)
    length = f"{len(tune.notes):,} notes, {60 * tune.length / tune.tempo:.0f} s"
    if not find_spec("matplotlib"):
        say(console(), f"wrote {to} ({length}); for a picture of it: {install('plot')}")
        return
    picture = to.with_suffix(".png")
    with replacing(picture) as beside:
        beside.write_bytes(piano_roll(tune))
    say(console(), f"wrote {to} ({length}), and {picture} to look at")
