"""Architectures, one file each, and how a network is made of data and kept."""

from elman import needs_torch as needs_torch
