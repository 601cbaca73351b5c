"""adatom's own JSON, as `adatom eis convert FILE OUT.json` writes it.

UTF-8. An object with `schema` `adatom spectra 1` and a list `spectra`; each has `name`, `meta` (texts by name), `notes`
(texts) and lists of numbers of one length: `freq_hz`, `z_re_ohm`, `z_im_ohm` and perhaps `time_s`. The imaginary part
is negative for a capacitor. Unknown keys are left alone, so that later versions may add some.

Source: `cloud/measure/eis/write.py`.
"""

import json
from dataclasses import replace
from typing import Any

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.eis.source import Source
from adatom.cloud.measure.eis.table import Spectrum, checked, complex_of
from adatom.cloud.measure.eis.write import COLUMNS, SCHEMA, TIME
from adatom.protocol.errors import InputError

NAME = "adatom JSON"
ORDER = 5


def matches(source: Source) -> bool:
    """Whether the object begins with the mark of the schema."""
    head = source.text[:200].replace(" ", "")
    return head.startswith("{") and f'"schema":"{SCHEMA}"'.replace(" ", "") in head.replace("\n", "")


def read(source: Source) -> list[Spectrum]:
    """The spectra in the file."""
    try:
        entries = json.loads(source.text)["spectra"]
    except (ValueError, RecursionError, KeyError) as error:
        raise InputError(source.where, f"not whole: {error}") from None
    if not isinstance(entries, list) or not entries:
        raise InputError(source.where, "no list of spectra")
    return [_spectrum(entry, f"{source.where}, spectrum {number}") for number, entry in enumerate(entries, 1)]


def _spectrum(entry: Any, where: str) -> Spectrum:
    if not isinstance(entry, dict):
        raise InputError(where, "an object with columns is needed")
    columns = [entry.get(key) for key in COLUMNS]
    for key, column in zip(COLUMNS, columns, strict=True):
        if not isinstance(column, list) or not column or not all(map(_is_number, column)):
            raise InputError(where, f"{key} must be a list of numbers")
    if len({len(column) for column in columns if column is not None}) != 1:
        raise InputError(where, f"{', '.join(COLUMNS)} must be of one length")
    freq_hz, re, im = (np.array(column, dtype=np.float64) for column in columns)
    meta, notes = entry.get("meta"), entry.get("notes")
    kept = {str(key): str(value) for key, value in meta.items()} if isinstance(meta, dict) else {}
    lines = list(range(1, re.size + 1))
    found = checked(freq_hz, complex_of(re, im), lines, where, {"format": NAME} | kept, _times(entry, re.size))
    said = tuple(str(note) for note in notes) if isinstance(notes, list) else ()
    return replace(found, notes=(*said, *found.notes), name=str(entry.get("name", "")))


def _times(entry: dict[str, Any], count: int) -> Floats | None:
    times = entry.get(TIME)
    whole = isinstance(times, list) and len(times) == count and all(map(_is_number, times))
    return np.array(times, dtype=np.float64) if whole else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
