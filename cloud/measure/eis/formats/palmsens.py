"""PalmSens .pssession: a session of PSTrace (PalmSens, EmStat, Sensit).

JSON in UTF-16 (little-endian, with or without a mark, in some versions with one at the end), newer ones in UTF-8. The
names of keys begin with a capital in files of PSTrace and with a small letter in others. The object has a list
`Measurements`; each has `Title`, `TimeStamp` and a `DataSet` of `Type` `PalmSens.Data.DataSetEIS` for impedance. Where
several channels or potentials were measured, `EISDataList` holds one object for each, with its own `Title` and
`DataSet`. `DataSet.Values` is a list of columns:

    {"Type": "PalmSens.Data.DataArray", "ArrayType": 5, "Description": "Frequency",
     "Unit": {"Type": "PalmSens.Units.Hertz", "S": "Hz", "Q": "Frequency", "A": "f"},
     "DataValues": [{"V": 100000.0}, …]}

Columns are known by `Unit.Type`: `Hertz`, `ZRe`, `ZIm`. `Unit.Q` of the last is `-Z''`: values are positive for a
capacitor. The units carry no prefix: Hz and ohm. Measurements of other techniques are left out.

Sources: pyimpspec, parse_pssession; github.com/stephanschoeman/PSData-in-python (MIT); PalmSens SDK, documentation of
the data model.
"""

import json
from dataclasses import replace
from typing import Any

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.eis.source import Source
from adatom.cloud.measure.eis.table import Spectrum, checked, complex_of
from adatom.protocol.errors import InputError

NAME = "PalmSens session"
ORDER = 10
MAX_SPECTRA = 10_000
QUANTITIES = {"hertz": "freq", "zre": "re", "zim": "im"}


def matches(source: Source) -> bool:
    """Whether this is JSON that speaks of measurements in the way of PSTrace."""
    text = source.text.lstrip()
    return text.startswith("{") and ('"Measurements"' in text or '"measurements"' in text) and "PalmSens." in text


def read(source: Source) -> list[Spectrum]:
    """The spectra of all measurements of impedance."""
    text = source.text[: source.text.rfind("}") + 1]
    try:
        session = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(source.where, f"not whole JSON: {error}") from None
    found = []
    for number, measurement in enumerate(_list(session, "Measurements"), 1):
        where = f"{source.where}, measurement {number}"
        parts = [part for part in _parts(measurement) if "EIS" in str(_get(_get(part, "DataSet"), "Type"))]
        found += [_spectrum(part, measurement, where) for part in parts]
        if len(found) > MAX_SPECTRA:
            raise InputError(source.where, f"more than {MAX_SPECTRA} spectra")
    if not found:
        raise InputError(source.where, "a session without any measurement of impedance")
    return found


def _parts(measurement: Any) -> list[Any]:
    """What holds the data sets: the entries of EISDataList, else the measurement itself."""
    return [one for one in _list(measurement, "EISDataList") if _get(one, "DataSet")] or [measurement]


def _spectrum(part: Any, measurement: Any, where: str) -> Spectrum:
    columns: dict[str, Floats] = {}
    sign = -1.0
    for column in _list(_get(part, "DataSet"), "Values"):
        unit = _get(column, "Unit")
        quantity = QUANTITIES.get(str(_get(unit, "Type")).rpartition(".")[2].lower())
        if quantity is not None and quantity not in columns:
            columns[quantity] = _numbers(_list(column, "DataValues"), f"{where}, {quantity}")
        if quantity == "im":
            sign = 1.0 if str(_get(unit, "Q")).strip() == "Z''" else -1.0
    missing = [key for key in QUANTITIES.values() if key not in columns]
    if missing or len({column.size for column in columns.values()}) != 1 or columns["freq"].size == 0:
        sizes = {key: column.size for key, column in columns.items()}
        raise InputError(where, f"columns {sizes}; frequency, ZRe and ZIm of one length are needed")
    z = complex_of(columns["re"], sign * columns["im"])
    titles = [str(_get(one, "Title") or "").strip() for one in (measurement, part)]
    name = ", ".join(dict.fromkeys(title for title in titles if title))
    found = checked(columns["freq"], z, list(range(1, z.size + 1)), where, {"format": NAME})
    return replace(found, name=name)


def _numbers(values: list[Any], where: str) -> Floats:
    numbers = [_get(value, "V") for value in values]
    for place, number in enumerate(numbers, 1):
        if isinstance(number, bool) or not isinstance(number, int | float) or abs(number) > 1e300:
            raise InputError(f"{where}, value {place}", f"{str(number)[:40]!r}; a number is needed")
    return np.array(numbers, dtype=np.float64)


def _get(holder: Any, key: str) -> Any:
    """The value of a key, whichever case its first letter has; None where there is none."""
    if not isinstance(holder, dict):
        return None
    return next((holder[one] for one in (key, key[0].lower() + key[1:], key.lower()) if one in holder), None)


def _list(holder: Any, key: str) -> list[Any]:
    value = _get(holder, key)
    return value if isinstance(value, list) else []
