"""Proteins: sequences of amino acids, each written as a letter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import ElmanError, TaskError
from elman.kinds import Kind, Sequences
from elman.kinds.statistics import VectorFeatures
from elman.recipes.recipe import Recipe, per_row
from elman.settings.used import reads

if TYPE_CHECKING:
    from elman.kinds.column import Column, Profile
    from elman.nn.encoders import Encoder
    from elman.settings import Settings

LETTERS = "ACDEFGHIKLMNPQRSTVWYX"
"""The twenty amino acids, and X for any other: IUPAC's ambiguous and rare letters are read as it."""
RARE = "BJOUZ*-"
FEWEST = 8
"""Different letters, at least, by which a column of proteins is told from one of DNA."""
SHORTEST = 15
"""Letters of a protein on the mean, at least: shorter ones are words or codes."""


class ProteinKind(Kind):
    """A protein, as its letters in upper or lower case; its elements are amino acids.

    It is learned from as a text would be, with an encoder and a recipe of its own.
    """

    name = "protein"
    stands_for = "text"
    precedence = 60
    in_pieces = True
    example = "MKVLAAGIVGLLLAQ"
    usual_inputs = frozenset({"sequence", "protein"})
    recipes = (
        Recipe(
            "protein",
            ("classification", "multilabel", "regression"),
            {
                "embedding_size": 32,
                "hidden_size": 64,
                "cell": "gru",
                "pooling": "last+max+mean",
                "dropout": 0.2,
                "learning_rate": 3e-3,
                "batch_tokens": 2_000,
                "epochs": per_row(20_000, 10, 60),
            },
        ),
    )

    # -- recognising ----------------------------------------------------------------------------

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        if column.holds_lists or not all(isinstance(value, str) for value in column.values):
            return None
        allowed = {*LETTERS, *RARE, *LETTERS.lower(), *RARE.lower()}
        fits = all(allowed.issuperset(value) for value in column.values)
        various = fits and len({letter.upper() for letter in set().union(*column.values)}) >= FEWEST
        long = various and sum(map(len, column.filled)) >= SHORTEST * len(column.filled)
        return column.profile(cls) if long else None

    @classmethod
    def describe(cls, profile: Profile) -> str:
        return f"{profile.rows - profile.missing:,} proteins, {profile.distinct:,} different ones"

    # -- fitted ---------------------------------------------------------------------------------

    def faults(self, cells: Sequence[Any]) -> dict[int, ElmanError]:
        found: dict[int, ElmanError] = {}
        for row, cell in enumerate(cells):
            wrong = sorted(set(self.parse(cell)) - {*LETTERS, *RARE})
            if wrong:
                found[row] = TaskError(f"the protein holds {wrong[0]!r}, which is no amino acid; correct it")
        return found

    def fit(self, cells: Sequence[Any]) -> None:
        """Nothing is learned: the alphabet is the same for all."""

    @staticmethod
    def parse(cell: Any) -> str:
        return "".join(str(cell or "").split()).upper()

    def encode(self, cells: Sequence[Any]) -> list[NDArray[np.int64]]:
        places = {letter: i for i, letter in enumerate(LETTERS)}
        other = places["X"]
        return [np.array([places.get(letter, other) for letter in self.parse(cell)], np.int64) for cell in cells]

    def collate(self, encoded: Sequence[NDArray[np.int64]]) -> Sequences:
        return Sequences.of(encoded, np.zeros(0, np.int64))

    def steps(self, encoded: NDArray[np.int64]) -> int:
        return len(encoded)

    def element_names(self, encoded: NDArray[np.int64], steps: int) -> list[str]:
        return [LETTERS[i] for i in encoded]

    def state(self) -> dict[str, Any]:
        return {}

    def load_state(self, state: dict[str, Any]) -> None:
        """There is none."""

    # -- beside the network ---------------------------------------------------------------------

    def linear_features(self) -> VectorFeatures:
        return VectorFeatures("order_free", "counting amino acids")

    def linear_inputs(self, cells: Sequence[Any]) -> list[NDArray[np.float64]]:
        """``[21]`` of each: what share of it each amino acid is."""
        counts = [np.bincount(one, minlength=len(LETTERS)) for one in self.encode(cells)]
        return [count / max(1, count.sum()) for count in counts]

    @reads("embedding_size", "dropout")
    def encoder(self, settings: Settings) -> Encoder:
        from elman_fasta.encoder import AminoAcids  # which needs torch, as nothing here does

        return AminoAcids(LETTERS, settings.embedding_size, settings.dropout)
