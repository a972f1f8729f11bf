"""Imported first by each package that learns: without PyTorch, the error names the extra that brings it."""

from elman.extras import needed

needed("torch")
