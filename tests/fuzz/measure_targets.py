"""Readers of binary files that other people's instruments and programs wrote: NeXus, images, cyclers' records."""

import tempfile
from pathlib import Path

import numpy as np
from adatom.cloud.measure.cycling.files import record_of
from adatom.cloud.measure.eis.files import spectra_in_bytes
from adatom.cloud.measure.eis.table import Spectrum
from adatom.cloud.measure.eis.write import nexus_bytes
from adatom.cloud.measure.image.files import SMALLEST_SIDE, read_image
from adatom.protocol.errors import InputError
from adatom.sim.image_file import write_image
from PIL import Image

from tests.cloud.measure.cycling.made import biologic, neware_layers, plain, symmetric
from tests.cloud.measure.eis.made_files import FREQ_HZ, Z_OHM

from .target import Target


def measure_targets() -> list[Target]:
    """Each of them, fresh."""
    one = Spectrum(FREQ_HZ, Z_OHM, {"format": "by hand"}, ("a note",), "a")
    rows = symmetric(3)
    return [
        Target("NeXus file", [nexus_bytes([one]), nexus_bytes([one, one])], _spectra, (InputError,)),
        Target("image file", _images(), _image, (InputError,)),
        Target("cycling file", [one.encode() for one in (plain(rows), biologic(rows), neware_layers(rows))],
               lambda data: bool(record_of("a", data)), (InputError,)),
    ]  # fmt: skip


def _spectra(data: bytes) -> bool:
    for one in spectra_in_bytes(data, "a.nxs"):
        assert np.isfinite(one.z_ohm).all()
    return True


def _images() -> list[bytes]:
    """A picture of heights as PNG and one of intensities as TIFF, of the least size."""
    rng = np.random.default_rng(1)
    side = (SMALLEST_SIDE, SMALLEST_SIDE)
    with tempfile.TemporaryDirectory() as folder:
        paths = [
            write_image(Path(folder) / "a.png", rng.normal(0.0, 5.0, side), 10.0, "height"),
            write_image(Path(folder) / "a.tif", rng.random(side), 10.0, "intensity"),
        ]
        bare = Path(folder) / "bare.tif"  # not compressed: a changed level is still a level
        Image.fromarray(rng.integers(0, 65535, side, dtype=np.uint16)).save(bare)
        return [path.read_bytes() for path in (*paths, bare)]


def _image(data: bytes) -> bool:
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        file.write(data)
        file.flush()
        found = read_image(Path(file.name))
    assert np.isfinite(found.values).all()
    return True
