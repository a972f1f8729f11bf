"""Protein sequences for Elman: a kind of column, and a reader of FASTA files."""
