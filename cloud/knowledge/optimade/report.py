"""What `adatom materials fetch` says: fields that are taken or left, and what became of a fetch."""

from collections.abc import Sequence
from typing import Any

from adatom.cloud.knowledge.check import Checked
from adatom.cloud.knowledge.mapping import Column
from adatom.cloud.knowledge.materials_report import Table
from adatom.cloud.knowledge.optimade.fetch import Fetched
from adatom.cloud.knowledge.optimade.fields import Left, Plan
from adatom.cloud.knowledge.optimade.service import Service
from rich.console import Console

MOST_LEFT = 12  # fields that are left out and shown unasked


def service_data(service: Service, plan: Plan) -> dict[str, Any]:
    """Everything of --describe, JSON-ready."""
    return {
        "base": service.base, "provider": service.provider, "prefix": service.prefix,
        "api_version": service.api_version, "licence": service.licence, "warnings": list(service.warnings),
        "response_fields": list(plan.response_fields), "taken": [_column(one) for one in plan.columns],
        "left": [one._asdict() for one in plan.left],
    }  # fmt: skip


def show_service(service: Service, plan: Plan) -> None:
    """Who answers, and which of its own fields are taken as what."""
    console = _console()
    console.print(_head(service.provider, service.api_version, service.licence))
    _show_warnings(console, service.warnings)
    if plan.columns:
        table = Table("field", "taken as", "unit")
        for one in plan.columns:
            table.add_row(one.name, one.property, one.unit)
        console.print(str(table))
    _show_left(console, plan.left)


def fetched_data(found: Fetched, checked: Checked) -> dict[str, Any]:
    """Everything of a fetch, JSON-ready."""
    names = ("field", "property", "unit", "values")
    taken = [dict(zip(names, one, strict=True)) for one in found.taken]
    left = [one._asdict() for one in found.left]
    return found._asdict() | {"taken": taken, "left": left, "checks": checked._asdict()}


def show_fetched(found: Fetched, checked: Checked) -> None:
    """Entries, facts, fields, and what is to be known of them."""
    console = _console()
    console.print(_head(found.provider, found.api_version, found.licence))
    _show_warnings(console, found.warnings)
    if found.resumed_at:
        console.print(f"went on after {found.resumed_at} entries of a fetch that was stopped")
    of = "" if found.available is None else f" of {found.available}"
    console.print(
        f"{found.entries}{of} entries in {found.pages} pages: {found.facts} new facts, {found.refused} refusals"
    )
    _show_fields(console, found.taken, found.left)
    console.print(
        f"derived: {checked.derived}; newly flagged: {checked.impossible} impossible, {checked.unit} of suspect unit, "
        f"{checked.outlier} outliers"
    )
    if found.empty:
        console.print(f"note: {found.empty} entries tell nothing that is taken")
    if not found.complete:
        console.print("note: there are more entries (--limit)")
    if found.refused:
        console.print("note: why entries were refused: adatom materials status")


def _show_fields(console: Console, taken: Sequence[tuple[str, str, str, int]], left: Sequence[Left]) -> None:
    if taken:
        table = Table("field", "taken as", "unit", "values")
        for field, name, unit, values in taken:
            table.add_row(field, name, unit, str(values))
        console.print(str(table))
    _show_left(console, left[:MOST_LEFT])
    if len(left) > MOST_LEFT:
        console.print(f"note: {len(left) - MOST_LEFT} more fields are not taken (--describe)")


def _show_left(console: Console, left: Sequence[Left]) -> None:
    for one in left:
        console.print(f"not taken: {one.field}{f' / {one.unit}' if one.unit else ''}: {one.why}")


def _head(provider: str, api_version: str, licence: str) -> str:
    return f"{provider}, OPTIMADE {api_version}; licence: {licence}"


def _show_warnings(console: Console, warnings: Sequence[str]) -> None:
    for one in warnings:
        console.print(f"the provider warns: {one}")


def _column(one: Column) -> dict[str, str]:
    return {"field": one.name, "property": one.property, "unit": one.unit}


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True, markup=False)
