"""Recomputes what a claim says from its own inputs, and checks units and dimensions. The table is formulas.py."""
