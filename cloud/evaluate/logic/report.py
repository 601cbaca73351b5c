"""Doubts as text and as data."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from .claims import Claims
from .doubts import KINDS, Doubt, words

MEANING = {
    "impossible": "beyond what nature allows",
    "unit": "reads as another unit",
    "relation": "properties that cannot be true together",
    "sources": "data sets that disagree",
    "unlikely": "far from what composition and other properties let expect",
    "duplicate": "told again",
}


def as_data(claims: Claims, found: Sequence[Doubt], shown: int) -> dict[str, Any]:
    """For JSON: counts of every kind, and the first doubts with their facts."""
    return {"facts": len(claims.y), "facts_in_doubt": facts_in_doubt(found),
            "counts": {kind: n for kind, n in _counts(found).items() if n},
            "doubts": [_entry(claims, doubt) for doubt in found[:shown]]}  # fmt: skip


def facts_in_doubt(found: Sequence[Doubt]) -> int:
    """How many facts a doubt names; one that is only told again is none."""
    return len({place for doubt in found if doubt.kind != "duplicate" for place in doubt.places})


def show(console: Console, claims: Claims, found: Sequence[Doubt], shown: int) -> None:
    """Print what was found, the strongest first."""
    for doubt in found[:shown]:
        composition = claims.compositions[claims.composition[doubt.places[0]]]
        console.print(f"[bold]{escape(composition)}[/]  {doubt.kind}: {escape(doubt.why)}")
    if len(found) > shown:
        console.print(f"... and {len(found) - shown} more (--limit)")
    for kind, n in _counts(found).items():
        console.print(f"{n:7d}  {kind}: {MEANING[kind]}")
    share = facts_in_doubt(found) / max(1, len(claims.y))
    console.print(f"{facts_in_doubt(found)} of {len(claims.y)} facts are in doubt ({share:.2%}); nothing was changed.")


def _entry(claims: Claims, doubt: Doubt) -> dict[str, Any]:
    facts = [{"fact": int(claims.fact[place]), "said": words(claims, place)} for place in doubt.places]
    return {"kind": doubt.kind, "composition": claims.compositions[claims.composition[doubt.places[0]]],
            "nats": round(doubt.nats, 2), "why": doubt.why, "facts": facts}  # fmt: skip


def _counts(found: Sequence[Doubt]) -> dict[str, int]:
    counted = Counter(doubt.kind for doubt in found)
    return {kind: counted[kind] for kind in KINDS}
