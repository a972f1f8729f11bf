"""Elman: recurrent neural networks, from a file of sequences to a trained, measured, usable model."""
