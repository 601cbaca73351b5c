"""What people read where machines get JSON: values of nested fields, and which readings are missing and why."""

from typing import Any


def in_words(value: Any) -> str:
    """A field of a status or a message on one line."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {in_words(inner)}" for name, inner in value.items()) or "none"
    if isinstance(value, list):
        return "; ".join(map(str, value)) or "none"
    return str(value) if value != "" else "-"


def by_reason(missing: list[str]) -> list[str]:
    """Texts "reading: why" as one text a reason: "guard_c, door: why"."""
    names: dict[str, list[str]] = {}
    for text in missing:
        name, _, why = text.partition(": ")
        names.setdefault(why, []).append(name)
    return [f"{', '.join(same)}: {why}" for why, same in names.items()]
