"""The compiled modules of a board in one image of a ROM file system, as a board with ROMFS holds them."""

import contextlib
import io
import tempfile
from pathlib import Path

from adatom.edge.deploy.build import AGENT, compiled, driver_modules
from mpremote.romfs import make_romfs

FURNACE = ("eurotherm", "tpg36x", "alicat", "bench_io")  # the four drivers of the memory gates


def write_image(path: Path, drivers: tuple[str, ...] = FURNACE, root: str = AGENT) -> Path:
    """Write the image of a main module and drivers; returns its path."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in compiled(root, *driver_modules(list(drivers))).items():
            file = Path(folder, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        with contextlib.redirect_stdout(io.StringIO()):
            path.write_bytes(make_romfs(folder, mpy_cross=False))
    return path
