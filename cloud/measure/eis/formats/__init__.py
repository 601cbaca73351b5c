"""File formats of spectra: adding one is adding a file here.

A format module has NAME, ORDER (lower is asked first), `matches(text)` and `read(text, where)`, which returns the
sweeps in the file or raises InputError.
"""
