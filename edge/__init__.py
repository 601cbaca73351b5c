"""The agent beside the chamber. Imports protocol only; its core runs on MicroPython and CPython alike."""
