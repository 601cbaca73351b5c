"""Reads TIFF and PNG by content: grey values or heights, the scale where the file says it, and whether it is simulated.

Sizes are looked at before pixels: a few kilobytes can unpack to gigabytes.
"""

import math
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats
from adatom.protocol.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 36_000_000  # 6000 x 6000: larger than microscopes write; 0.3 GB as float64
TOO_MANY = f"at most {MOST_PIXELS // 10**6} million are read"
SMALLEST_SIDE = 64  # px: sixteen tiles of four
COARSEST_DPI_NM = 20_000.0  # resolutions coarser than 20 um a pixel (1270 dpi) are a printer's, not a microscope's
MAX_SCALE_NM = 1e9  # a metre a pixel or a level: beyond is a slip of the pen
KINDS = ("intensity", "height", "thickness")
UNIT_NM = {"nm": 1.0, "um": 1e3, "micron": 1e3, "microns": 1e3, "mm": 1e6, "cm": 1e7, "inch": 25.4e6, "m": 1e9}
FEI, ZEISS = 34682, 34118  # TIFF tags of these makers' microscopes, text
DESCRIPTION, X_RESOLUTION = 270, 282
# what the decoders raise for damaged files
DAMAGES = (OSError, SyntaxError, ValueError, TypeError, KeyError, OverflowError, EOFError, RuntimeError, MemoryError)
MODES = {"1", "L", "I", "I;16", "I;16B", "I;16L", "I;16N", "F"}


@dataclass(frozen=True)
class Micrograph:
    """An image: values (rows, columns) in nm for heights and thicknesses, a share of full scale for intensities."""

    name: str
    values: Floats
    kind: str
    pixel_nm: float | None
    simulated: bool
    notes: tuple[str, ...]


def read_image(path: Path, nm_per_pixel: float | None = None, nm_per_level: float | None = None) -> Micrograph:
    """The first image of a file. Given scales win over the file's. Raises InputError for what cannot be read."""
    for name, given in (("--nm-per-pixel", nm_per_pixel), ("--nm-per-level", nm_per_level)):
        if given is not None and not 0.0 < given <= MAX_SCALE_NM:
            raise InputError(name, f"{given}; must be above 0, at most {MAX_SCALE_NM:g} nm")
    levels, full, said, notes = _load(path)
    pixel = nm_per_pixel if nm_per_pixel is not None else _scale_nm(said)
    step = nm_per_level if nm_per_level is not None else _positive(said.get("nm_per_level"))
    kind = str(said.get("kind", "")) if said.get("kind") in KINDS else "intensity"
    if step is None and kind != "intensity":
        raise InputError(str(path), f"is said to hold {kind}, but not in which unit: give --nm-per-level")
    if step is not None and kind == "intensity":
        kind = "height"
    if pixel is None:
        notes.append("no scale in the file: lengths are in pixels; give --nm-per-pixel")
    simulated = "simulated" in f"{said.get('Comment', '')} {said.get('Software', '')}".lower()
    return Micrograph(path.name, levels * (step or 1.0 / full), kind, pixel, simulated, tuple(notes))


def _load(path: Path) -> tuple[Floats, float, dict[str, Any], list[str]]:
    """(values, full scale, what the file says of itself, notes)."""
    from PIL import Image, UnidentifiedImageError

    try:
        # the library warns of odd metadata and of many pixels; sizes are checked here, odd metadata is not used
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=("PNG", "TIFF")) as image:
            _check_size(path, image.size)
            said = _said(image)
            values, full, notes = _pixels(path, image)
    except FileNotFoundError as error:
        raise InputError(str(path), "cannot be read: no such file") from error
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        raise InputError(str(path), f"too many pixels; {TOO_MANY}") from error
    except UnidentifiedImageError as error:
        raise InputError(str(path), "is neither a TIFF nor a PNG that can be read") from error
    except DAMAGES as error:
        raise InputError(str(path), f"cannot be read as an image: {error}") from error
    if not np.isfinite(values).all():
        raise InputError(str(path), f"{int((~np.isfinite(values)).sum())} pixels are no finite numbers")
    return values, full, said, notes


def _check_size(path: Path, size: tuple[int, int]) -> None:
    if size[0] * size[1] > MOST_PIXELS:
        raise InputError(str(path), f"{size[0]} x {size[1]} pixels; {TOO_MANY}")
    if min(size) < SMALLEST_SIDE:
        raise InputError(str(path), f"{size[0]} x {size[1]} pixels; each side needs at least {SMALLEST_SIDE}")


def _pixels(path: Path, image: "Image") -> tuple[Floats, float, list[str]]:
    notes = []
    if getattr(image, "n_frames", 1) > 1:
        notes.append(f"{getattr(image, 'n_frames', 1)} images in the file: the first is read")
    mode = image.mode
    if mode not in MODES:
        image, mode = image.convert("RGB").convert("L"), "L"
        notes.append("colours are read as brightness")
    values = np.asarray(image, dtype=np.float64)
    if values.ndim != 2:
        raise InputError(str(path), "does not hold one grey or colour image")
    if mode == "F":
        top = float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
        return values, top or 1.0, notes
    full = {"1": 1.0, "L": 255.0}.get(mode, 65535.0)
    return values, full, notes


def _said(image: "Image") -> dict[str, Any]:
    """What a file says of itself, by key: text chunks of PNG, lines `key=value` and tags of TIFF."""
    said: dict[str, Any] = {key: value for key, value in image.info.items() if isinstance(key, str)}
    tags = getattr(image, "tag_v2", {})
    for line in str(tags.get(DESCRIPTION, "")).splitlines():
        key, equal, value = line.partition("=")
        if equal:
            said[key.strip()] = value.strip()
    said["tags"] = tags
    return said


# --- scale ----------------------------------------------------------------------------------------------------------
def _scale_nm(said: dict[str, Any]) -> float | None:
    """Nanometres a pixel: our own key, OME, makers' tags, ImageJ's unit, a resolution finer than a printer's."""
    own = _positive(said.get("nm_per_pixel"))
    if own is not None:
        return own
    return _from_makers(said["tags"]) or _from_imagej(said) or _from_resolution(said)


def _from_makers(tags: Any) -> float | None:
    ome = re.search(r'PhysicalSizeX="([^"]+)"', str(tags.get(DESCRIPTION, "")))
    if ome:
        unit = re.search(r'PhysicalSizeXUnit="([^"]+)"', str(tags.get(DESCRIPTION, "")))
        return _in_nm(ome[1], unit[1] if unit else "um")
    fei = re.search(r"PixelWidth=([0-9.eE+-]+)", str(tags.get(FEI, "")))
    if fei:
        return _in_nm(fei[1], "m")
    zeiss = re.search(r"AP_IMAGE_PIXEL_SIZE\s*[^=]*=\s*([0-9.eE+-]+)\s*(\S+)", str(tags.get(ZEISS, "")))
    return _in_nm(zeiss[1], zeiss[2]) if zeiss else None


def _from_imagej(said: dict[str, Any]) -> float | None:
    a_unit = _positive(said["tags"].get(X_RESOLUTION))
    return _in_nm(1.0 / a_unit, str(said.get("unit", ""))) if "ImageJ" in said and a_unit else None


def _from_resolution(said: dict[str, Any]) -> float | None:
    """From dots an inch, when they are no printer's."""
    dpi = said.get("dpi")
    dots = _positive(dpi[0]) if isinstance(dpi, tuple) and dpi else None
    pixel = UNIT_NM["inch"] / dots if dots else None
    return pixel if pixel is not None and pixel < COARSEST_DPI_NM else None


def _in_nm(number: str | float, unit: str) -> float | None:
    # a micro sign comes as one or two characters, escaped or as a question mark, by what wrote and read the text
    value, unit = _positive(number), re.sub(r"^[^A-Za-z]+m$|^\\\\u00[bB]5m$", "um", unit)
    return value * UNIT_NM[unit] if value is not None and unit in UNIT_NM else None


def _positive(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) and number > 0.0 else None
