"""File formats of spectra: adding one is adding a file here.

A format module has NAME, ORDER (lower is asked first), `matches(source)` and `read(source)`, which returns the
spectra in the file or raises InputError. Docstrings tell the format and where its description is public.
"""
