"""Electrochemical impedance: files, circuits, fits, and the interface resistance of a cell."""
