"""Runs code that nobody has read: namespaces, a filter of system calls and limits around one program.

Host side: `run.py`, `values.py`, `runtime.py`. Inside, standard library only: `inner.py` and what it imports.
"""
