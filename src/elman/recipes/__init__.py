# pyright: strict
"""Recipes: which settings suit a task on a kind of input, as data that can be read and compared side by side."""

from elman.recipes.causal import check_causal, left_out, made_causal
from elman.recipes.recipe import Recipe, TrainingStatistics
from elman.recipes.table import RECIPES, find

__all__ = ["RECIPES", "Recipe", "TrainingStatistics", "check_causal", "find", "left_out", "made_causal"]
