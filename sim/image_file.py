"""The simulated microscope's files: 16-bit PNG or TIFF with scale, kind and a mark that they are simulated."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, PngImagePlugin, TiffImagePlugin

SIMULATED = "simulated: made by a digital twin, not by an instrument"
LEVELS = 65535


def write_image(path: Path, values: npt.NDArray[np.float64], pixel_nm: float, kind: str) -> Path:
    """Write values (rows, columns) to .png or .tif; kinds: "height" (nm, any zero), "thickness" (nm), "intensity"."""
    low = float(values.min()) if kind == "height" else 0.0
    high = 1.0 if kind == "intensity" else float(values.max())
    step = (high - low) / LEVELS or 1.0
    levels = np.round((values - low) / step).astype(np.uint16)
    text = {"nm_per_pixel": f"{pixel_nm:.9g}", "kind": kind, "Comment": SIMULATED}
    if kind != "intensity":
        text["nm_per_level"] = f"{step:.9g}"
    image = Image.fromarray(levels)
    if path.suffix == ".png":
        info = PngImagePlugin.PngInfo()
        for key, value in text.items():
            info.add_text(key, value)
        image.save(path, pnginfo=info)
    else:
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[270] = "\n".join(f"{key}={value}" for key, value in text.items())
        image.save(path, tiffinfo=tags, compression="tiff_adobe_deflate")
    return path
