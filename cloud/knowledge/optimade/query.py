"""What is asked of a provider: OPTIMADE filters of friendly options, and the address of the first page. Pure.

A filter of the user's own goes through as it is: the provider judges it.
"""

import re
from collections.abc import Sequence
from urllib.parse import urlencode

from adatom.cloud.knowledge.materials_report import checked_elements
from adatom.protocol.errors import InputError

COUNT = re.compile(r"([0-9]{1,3})(?:-([0-9]{1,3}))?")


def asked_filter(own: str, elements: str, only: str, nelements: str) -> str:
    """One filter that asks for everything: `own`, all of `elements`, none but `only`, and how many elements.

    HAS ALL and comparisons are features that every provider has; HAS ONLY is optional in OPTIMADE 1.
    """
    parts = [
        text for name, feature in (("ALL", elements), ("ONLY", only))
        if (text := _held(name, checked_elements([feature])))
    ]  # fmt: skip
    if nelements:
        parts.append(_counted(nelements))
    if not own.strip():
        return " AND ".join(parts)
    return " AND ".join([f"({own.strip()})", *parts]) if parts else own.strip()


def first_page(structures_url: str, asked_filter: str, fields: Sequence[str], page_limit: int | None) -> str:
    """The address of the first page."""
    parameters = {"filter": asked_filter, "response_fields": ",".join(fields),
                  "page_limit": "" if page_limit is None else str(page_limit)}  # fmt: skip
    return f"{structures_url}?{urlencode({name: text for name, text in parameters.items() if text})}"


def _held(feature: str, elements: Sequence[str]) -> str:
    return f"elements HAS {feature} " + ",".join(f'"{one}"' for one in elements) if elements else ""


def _counted(text: str) -> str:
    found = COUNT.fullmatch(text.strip())
    if not found:
        raise InputError("--nelements", f"{text!r}: a number such as 4 or a range such as 3-5 is needed")
    if not found[2]:
        return f"nelements={int(found[1])}"
    return f"nelements>={int(found[1])} AND nelements<={int(found[2])}"
