"""Galvanostatic cycling: files, half cycles, shorts, critical current, lifetimes and their comparison."""
