"""Trained networks without torch: what runs their graphs, and how these are saved."""

from elman.runtime.network import GraphNetwork
from elman.runtime.saved import from_json, to_json

__all__ = ["GraphNetwork", "from_json", "to_json"]
