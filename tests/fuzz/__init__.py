"""Frames of chance into every decoder: `python -m tests.fuzz --n 1000000` prints the table."""
