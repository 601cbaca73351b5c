"""From an image to its statistics. Knows nothing of files, tables and plots."""

import math
from dataclasses import dataclass, replace

import numpy as np
from adatom.cloud.measure.eis.arrays import Flags, Floats
from adatom.cloud.measure.image.estimate import Estimate
from adatom.cloud.measure.image.files import Micrograph
from adatom.cloud.measure.image.objects import RAGGED, Group, Object, find_objects, group
from adatom.cloud.measure.image.surface import Correlation, correlation, heights, levelled
from adatom.cloud.measure.image.uniformity import unevenness
from adatom.protocol.errors import InputError
from scipy import ndimage

GUARD_PX, GUARD_SHARE = 3, 0.1  # around objects, of their width: their feet are neither film nor object
FEW_LENGTHS = 15.0  # correlation lengths along the image below which intervals rest on few hills
RELEVELLINGS = 3
LEAST_FILM = 0.2  # share of the image that must be free of objects for the film's own statistics


@dataclass(frozen=True)
class Analysis:
    """What an image says. `film` are the height parameters (ISO 25178) between objects, `whole` those with them."""

    image: Micrograph
    flat: Floats  # levelled values
    objects: tuple[Object, ...]
    islands: Group
    needles: Group
    whole: dict[str, Estimate | None]
    film: dict[str, Estimate | None]
    correlation: Correlation
    length_nm: Estimate | None
    unevenness: Estimate | None
    notes: tuple[str, ...]


def analyse(image: Micrograph, objects: str = "bright") -> Analysis:
    """All statistics of an image; objects are "bright" (or high) or "dark". Raises InputError for another word."""
    if objects not in ("bright", "dark"):
        raise InputError("--objects", f"{objects!r}; must be bright or dark")
    everywhere = np.ones(image.values.shape, dtype=bool)
    flat = levelled(image.values, everywhere)
    found, keep = _objects(image, flat, -1.0 if objects == "dark" else 1.0)
    flat = levelled(image.values, keep)
    linked = correlation(flat, keep)
    length_px = linked.length_px.value if linked.length_px else 1.0
    height = image.kind != "intensity"
    shape, pixel = image.values.shape, image.pixel_nm
    return Analysis(
        image, flat, tuple(found),
        group([one for one in found if not one.needle], shape, pixel),
        group([one for one in found if one.needle], shape, pixel),
        heights(levelled(image.values, everywhere), everywhere, length_px, linked.lost) if height else {},
        heights(flat, keep, length_px, linked.lost) if height else {},
        linked,
        _scaled(linked.length_px, pixel),
        unevenness(image.values, keep) if image.kind != "height" else None,  # a height map's zero is anywhere
        (*image.notes, *_notes(shape, linked, found, keep)),
    )  # fmt: skip


def _objects(image: Micrograph, flat: Floats, sign: float) -> tuple[list[Object], Flags]:
    """The objects, and the pixels of the film between them. Objects tilt the plane until levelled without them."""
    half = image.kind == "intensity"
    found, mask = find_objects(sign * flat, half_height=half)
    for _ in range(RELEVELLINGS if found else 0):
        found, mask = find_objects(sign * levelled(image.values, ~mask), half_height=half)
    guard = GUARD_PX + int(GUARD_SHARE * max((one.width_px for one in found), default=0.0))
    keep = ~ndimage.binary_dilation(mask, iterations=guard)
    return found, keep if keep.mean() >= LEAST_FILM else np.ones_like(keep)


def _scaled(length: Estimate | None, pixel_nm: float | None) -> Estimate | None:
    if length is None or pixel_nm is None:
        return None
    value, low, high = (one * pixel_nm for one in (length.value, length.low, length.high))
    return replace(length, value=value, low=low, high=high, unit="nm")


def _notes(shape: tuple[int, ...], linked: Correlation, found: list[Object], keep: Flags) -> list[str]:
    notes = []
    if linked.length_px is None:
        notes.append("no correlation length: the image is flat, or its hills are as wide as it")
    elif min(shape) < FEW_LENGTHS * linked.length_px.value:
        lengths = min(shape) / linked.length_px.value
        notes.append(f"only {lengths:.0f} correlation lengths across: intervals may be too narrow, take a wider image")
    elif linked.length_px.value < 2.0:
        notes.append("correlated over less than two pixels: noise, or grain that the pixels do not resolve")
    ragged = sum(one.filled < RAGGED for one in found)
    if ragged:
        notes.append(f"{ragged} of {len(found)} objects are ragged: several that touch count as one")
    if (found and keep.all()) or math.isclose(keep.mean(), 0.0):
        notes.append("objects cover most of the image: what lies between is not told apart")
    return notes
