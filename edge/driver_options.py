"""The options of a driver in a bench file, checked against its OPTIONS table before the driver is made. Pure.

A row is (name, kind, ...): "number" and "whole number" with lowest and highest, "word" and "list" with the words that
are allowed, "switch", "text" and "hex" with nothing more. What is left out has the default of the driver's __init__.
"""

import binascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def option_problems(where: str, table: "tuple[tuple[Any, ...], ...]", options: "dict[str, Any]") -> "list[str]":
    """Every reason why options do not fit a table, as texts that name key, value and what is allowed."""
    names = [row[0] for row in table]
    allowed = "allowed are " + ", ".join(names) if names else "this driver has no options"
    problems = ["%s.%s: unknown key, %s" % (where, key, allowed) for key in sorted(options) if key not in names]
    for row in table:
        if row[0] in options and not _fits(row, options[row[0]]):
            # a key is a secret: it is not shown
            shown = "" if row[1] == "hex" else " = %r" % (options[row[0]],)
            problems.append("%s.%s%s: must be %s" % (where, row[0], shown, _allowed(row)))
    return problems


def _fits(row: "tuple[Any, ...]", value: "Any") -> bool:
    kind = row[1]
    if kind == "switch":
        return isinstance(value, bool)
    if kind in ("number", "whole number"):
        right = isinstance(value, int if kind == "whole number" else (int, float)) and not isinstance(value, bool)
        return right and row[2] <= value <= row[3]  # which NaN is not
    if kind == "list":
        return isinstance(value, (list, tuple)) and bool(value) and all([word in tuple(row[2]) for word in value])
    return isinstance(value, str) and (kind != "word" or value in tuple(row[2])) and (kind != "hex" or _is_hex(value))


def _allowed(row: "tuple[Any, ...]") -> str:
    kind = row[1]
    if kind in ("number", "whole number"):
        return "a %s in %s to %s" % (kind, row[2], row[3])
    if kind in ("word", "list"):
        words = ", ".join(['"%s"' % word for word in row[2]])
        return ("one of " if kind == "word" else "a list of some of ") + words
    return {"switch": "true or false", "text": "a text", "hex": "hex digits, two for each byte"}[kind]


def _is_hex(text: str) -> bool:
    try:
        binascii.unhexlify(text)
    except ValueError:
        return False
    return True
