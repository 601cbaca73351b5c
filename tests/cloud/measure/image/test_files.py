"""Images as microscopes and people write them: scale, kinds, and what is none."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from adatom.cloud.measure.image.files import read_image
from adatom.protocol.errors import InputError
from adatom.sim.image_file import write_image
from PIL import Image, TiffImagePlugin

RAMP = np.linspace(-3.0, 9.0, 80 * 64).reshape(64, 80)


@pytest.mark.parametrize("ending", [".png", ".tif"])
def test_the_twins_files_come_back(tmp_path: Path, ending: str) -> None:
    found = read_image(write_image(tmp_path / f"a{ending}", RAMP, 12.5, "height"))
    assert found.kind == "height"
    assert found.pixel_nm == 12.5
    assert found.simulated
    assert np.abs(found.values - (RAMP + 3.0)).max() < 12.0 / 65535


def test_given_scales_win(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.png", RAMP, 12.5, "height")
    found = read_image(path, nm_per_pixel=3.0, nm_per_level=2.0)
    assert found.pixel_nm == 3.0
    assert found.values.max() == 65535 * 2.0


@pytest.mark.parametrize(
    ("tags", "pixel_nm"),
    [
        ({270: "ImageJ=1.54\nunit=micron\n", 282: 40.0}, 25.0),
        ({270: '<OME><Pixels PhysicalSizeX="0.5" PhysicalSizeXUnit="µm"/></OME>'}, 500.0),
        ({34682: "[Scan]\r\nPixelWidth=2.5e-009\r\n"}, 2.5),
        ({34118: "AP_IMAGE_PIXEL_SIZE\r\nImage Pixel Size = 11.2 nm\r\n"}, 11.2),
        ({282: 2540000.0, 296: 2}, 10.0),
        ({282: 300.0, 296: 2}, None),  # a printer's
    ],
)
def test_scales_of_other_makers(tmp_path: Path, tags: dict[int, object], pixel_nm: float | None) -> None:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in tags.items():
        if tag > 30000:
            info.tagtype[tag] = 2
        info[tag] = value
    Image.fromarray(np.zeros((64, 64), dtype=np.uint8)).save(tmp_path / "a.tif", tiffinfo=info)
    found = read_image(tmp_path / "a.tif")
    assert found.pixel_nm == (pytest.approx(pixel_nm) if pixel_nm else None)
    assert not found.simulated
    assert bool(found.notes) == (pixel_nm is None)


def test_colours_and_stacks_are_noted(tmp_path: Path) -> None:
    colour = Image.fromarray(np.full((64, 64, 3), 128, dtype=np.uint8))
    colour.save(tmp_path / "a.tif", save_all=True, append_images=[colour])
    found = read_image(tmp_path / "a.tif", nm_per_pixel=1.0)
    assert found.values == pytest.approx(np.full((64, 64), 128 / 255))
    assert found.notes == ("2 images in the file: the first is read", "colours are read as brightness")


def bomb(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
    parts = [struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"GIF89a nothing", "neither a TIFF nor a PNG"),
        (b"", "neither a TIFF nor a PNG"),
        (bomb(50_000, 50_000), "at most 36 million"),
        (bomb(7_000, 7_000), "at most 36 million"),
        (bomb(32, 500), "at least 64"),
        (bomb(500, 500), "cannot be read as an image"),  # pixels are missing
    ],
)
def test_what_is_refused(tmp_path: Path, data: bytes, problem: str) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with pytest.raises(InputError, match=problem):
        read_image(path)


def test_missing_files_bad_scales_and_holes(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_image(tmp_path / "no.png")
    with pytest.raises(InputError, match="must be above 0"):
        read_image(tmp_path / "no.png", nm_per_pixel=0.0)
    holes = RAMP.astype(np.float32)
    holes[3, 3] = np.nan
    Image.fromarray(holes).save(tmp_path / "a.tif")
    with pytest.raises(InputError, match="1 pixels are no finite numbers"):
        read_image(tmp_path / "a.tif")


def test_damaged_files_end_in_words(tmp_path: Path) -> None:
    whole = write_image(tmp_path / "a.tif", RAMP, 1.0, "height").read_bytes()
    rng = np.random.default_rng(5)
    path = tmp_path / "b.tif"
    refused = 0
    for _ in range(60):
        damaged = bytearray(whole[: rng.integers(1, len(whole))] if rng.random() < 0.5 else whole)
        for at in rng.integers(0, len(damaged), 4):
            damaged[at] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            assert read_image(path)
        except InputError:  # and nothing else
            refused += 1
    assert refused > 20
