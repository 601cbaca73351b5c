"""Claims from a file: JSON (a list, or {"claims": [...]}) or CSV. Digits are kept as they are printed."""

import csv
import json
from pathlib import Path
from typing import Any, NamedTuple

from adatom.protocol.errors import InputError

MAX_BYTES = 20_000_000
MAX_CLAIMS = 100_000


class Claim(NamedTuple):
    """Texts only: `value` with its digits, `inputs` name -> text such as "100 GPa" or "298, 323 K"."""

    where: str
    name: str
    quantity: str
    value: str
    unit: str
    inputs: dict[str, str]


def read_claims(path: Path) -> list[Claim]:
    """All claims of a file. InputError names the file and the claim or line."""
    if path.stat().st_size > MAX_BYTES:
        raise InputError(str(path), f"larger than {MAX_BYTES} bytes")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(str(path), "no UTF-8 text") from error
    return parse_csv(text, path.name) if path.suffix.lower() == ".csv" else parse_json(text, path.name)


def parse_json(text: str, where: str) -> list[Claim]:
    """Numbers stay texts. InputError for anything but claims."""
    try:
        data = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise InputError(where, f"no JSON: {error}") from error
    rows = data.get("claims") if isinstance(data, dict) else data
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(where, 'a list of claims is needed, or {"claims": [...]}')
    return [_claim(row, f"{where}, claim {at}") for at, row in enumerate(_few(rows, where), 1)]


def parse_csv(text: str, where: str) -> list[Claim]:
    """Columns quantity, value, unit, inputs (bulk_modulus = 100 GPa; shear_modulus = 60 GPa), perhaps id."""
    try:
        rows = list(csv.DictReader(text.splitlines(), strict=True))
    except csv.Error as error:
        raise InputError(where, f"no CSV: {error}") from error
    claims = []
    for at, row in enumerate(_few(rows, where), 2):
        line = f"{where}, line {at}"
        if None in row:
            raise InputError(line, "more cells than columns")
        given: dict[str, Any] = {**row, "inputs": _pairs(row.get("inputs") or "", line)}
        claims.append(_claim(given, line))
    return claims


def _few(rows: list[Any], where: str) -> list[Any]:
    if len(rows) > MAX_CLAIMS:
        raise InputError(where, f"{len(rows)} claims; at most {MAX_CLAIMS} are read")
    return rows


def _pairs(text: str, where: str) -> dict[str, str]:
    pairs = {}
    for part in filter(str.strip, text.split(";")):
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise InputError(where, f"inputs {part.strip()[:40]!r}: name = value unit, separated by ;")
        pairs[name.strip()] = value.strip()
    return pairs


def _claim(row: dict[str, Any], where: str) -> Claim:
    for name in ("quantity", "value"):
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise InputError(where, f"{name}: missing")
    inputs = row.get("inputs") or {}
    if not isinstance(inputs, dict):
        raise InputError(where, "inputs: an object of name and value is needed")
    texts = {str(name): _text(value, f"{where}, {name}") for name, value in inputs.items()}
    name = str(row.get("id") or "")[:60]
    return Claim(where, name, row["quantity"].strip(), row["value"].strip(), str(row.get("unit") or "").strip(), texts)


def _text(value: Any, where: str) -> str:
    """A text, a number, {"value", "unit"}, a list of numbers or {"values", "unit"}, as one text."""
    if isinstance(value, dict):
        inner = value.get("value", value.get("values"))
        return f"{_text(inner, where)} {value.get('unit') or ''}".strip()
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    if isinstance(value, str):
        return value
    raise InputError(where, f"{str(value)[:40]!r}: a text, a number, a list of numbers or value and unit are needed")
