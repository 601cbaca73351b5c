"""Verdicts as a table and as data. A claim that cannot be read is a line among the others, not the end."""

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from adatom.protocol.errors import InputError

from .check import WRONG, Verdict, check
from .claims import Claim
from .formulas import TABLE, describe

if TYPE_CHECKING:
    from rich.console import Console

UNREADABLE = "unreadable"


class Checked(NamedTuple):
    verdict: Verdict
    wrong: bool


def check_all(claims: list[Claim]) -> list[Checked]:
    """Every claim by itself."""
    found = []
    for claim in claims:
        try:
            verdict = check(claim)
        except InputError as error:
            verdict = Verdict(claim, UNREADABLE, str(error))
        found.append(Checked(verdict, verdict.verdict in (*WRONG, UNREADABLE)))
    return found


def as_data(found: list[Checked]) -> dict[str, Any]:
    """Counts and one object a claim."""
    rows = [
        {**one.verdict._asdict(), "claim": one.verdict.claim._asdict(), "wrong": one.wrong} for one in found
    ]  # fmt: skip
    return {"counts": dict(Counter(one.verdict.verdict for one in found)), "claims": rows}


def show(console: "Console", found: list[Checked], everything: bool) -> None:
    """A block a claim that is wrong or unchecked (all with `everything`), then the counts."""
    from rich.markup import escape

    for verdict, wrong in found:
        if verdict.verdict == "agrees" and not everything:
            continue
        claim = verdict.claim
        name = claim.name or claim.where
        style = "red" if wrong else "green" if verdict.verdict == "agrees" else "yellow"
        head = f"{name}: {claim.quantity} = {claim.value} {claim.unit}".rstrip()
        console.print(f"[{style}]{verdict.verdict}[/{style}] {escape(_clean(head))}")
        for text in (verdict.reason, verdict.slip and f"perhaps {verdict.slip}", verdict.source):
            if text:
                console.print(f"  {escape(_clean(text))}")
    counts = Counter(one.verdict.verdict for one in found)
    console.print(", ".join(f"{number} {name}" for name, number in sorted(counts.items())) or "no claims")


def _clean(text: str) -> str:
    """Claims come from anywhere: no control characters on the terminal."""
    return "".join(one if one.isprintable() else " " for one in text)


def show_formulas(console: "Console") -> None:
    """The table of formulas."""
    from rich.table import Table

    table = Table("quantity", "unit", "inputs", "source")
    for row in map(describe, TABLE):
        inputs = ", ".join(f"{name} ({unit})" if unit else name for name, unit in row["inputs"].items())
        table.add_row(row["quantity"], row["unit"], inputs, row["source"])
    console.print(table)
