"""What `adatom image` says about images, as plain data for --json and as tables for people."""

from typing import Any

from adatom.cloud.measure.image.analyse import Analysis
from adatom.cloud.measure.image.estimate import Estimate
from adatom.cloud.measure.image.objects import Group
from rich.console import Console
from rich.table import Table

HEIGHTS = (("sa", "Sa"), ("sq", "Sq"), ("ssk", "Ssk (skewness)"), ("sku", "Sku (kurtosis)"))


def as_data(found: Analysis) -> dict[str, Any]:
    """Everything found in an image, JSON-ready."""
    rows, columns = found.image.values.shape
    return {
        "file": found.image.name,
        "simulated": found.image.simulated,
        "kind": found.image.kind,
        "pixels": [columns, rows],
        "nm_per_pixel": found.image.pixel_nm,
        "unevenness": _estimate(found.unevenness),
        "roughness": {name: _estimate(one) for name, one in found.film.items()},
        "roughness_with_objects": {name: _estimate(one) for name, one in found.whole.items()},
        "correlation_length_px": _estimate(found.correlation.length_px),
        "correlation_length_nm": _estimate(found.length_nm),
        "islands": _group(found.islands),
        "needles": _group(found.needles),
        "notes": list(found.notes),
    }


def _estimate(one: Estimate | None) -> dict[str, Any] | None:
    return None if one is None else {"value": one.value, "interval_95": [one.low, one.high], "unit": one.unit}


def _group(one: Group) -> dict[str, Any]:
    return {
        "seen": one.seen,
        "cut_by_the_border": one.cut,
        "per_mm2": _estimate(one.per_mm2),
        "median_size_nm": _estimate(one.size_nm),
        "covered": one.covered,
    }


def show(console: Console, data: dict[str, Any]) -> None:
    """Print one image's findings for a person."""
    kind = f"{data['kind']}{', simulated' if data['simulated'] else ''}"
    size = "{} x {} px".format(*data["pixels"])
    scale = f", {data['nm_per_pixel']:.4g} nm a pixel" if data["nm_per_pixel"] else ""
    console.print(f"{data['file']} ({kind}), {size}{scale}", highlight=False, markup=False, soft_wrap=True)
    table = Table("", "value", "95 %", "")
    for name, one in _rows(data):
        if one is not None:
            low, high = one["interval_95"]
            table.add_row(name, f"{one['value']:.3g}", f"{low:.3g} to {high:.3g}", one["unit"])
    console.print(table)
    for name in ("islands", "needles"):
        if data[name]["seen"]:
            console.print(_sentence(name, data[name]), highlight=False, soft_wrap=True)
    for note in data["notes"]:
        console.print(f"note: {note}", highlight=False, markup=False, soft_wrap=True)


def _rows(data: dict[str, Any]) -> list[tuple[str, dict[str, Any] | None]]:
    rough, whole = data["roughness"], data["roughness_with_objects"]
    objects = data["islands"]["seen"] + data["needles"]["seen"] > 0
    rows = [(label, rough.get(key)) for key, label in HEIGHTS]
    if objects:
        rows += [(f"{label}, with objects", whole.get(key)) for key, label in HEIGHTS[:2]]
    length = data["correlation_length_nm"] or data["correlation_length_px"]
    rows += [("correlation length", length), ("unevenness", data["unevenness"])]
    for name, size in (("islands", "diameter"), ("needles", "length")):
        rows += [(name, data[name]["per_mm2"]), (f"{name}, median {size}", data[name]["median_size_nm"])]
    return rows


def _sentence(name: str, one: dict[str, Any]) -> str:
    cut = f", {one['cut_by_the_border']} of them cut by the border" if one["cut_by_the_border"] else ""
    return f"{one['seen']} {name} in the image{cut}; they cover {100 * one['covered']:.2g} % of it"
