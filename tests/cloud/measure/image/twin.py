"""Images of the twin, read back from their files and held against what they were drawn from."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from adatom.cloud.measure.image.analyse import Analysis, analyse
from adatom.cloud.measure.image.estimate import Estimate
from adatom.cloud.measure.image.files import read_image
from adatom.sim.image_file import write_image
from adatom.sim.physics.chain import make_sample
from adatom.sim.physics.constants import NOMINAL
from adatom.sim.physics.morphology import Deposit, lithium_image
from adatom.sim.physics.topography import DROPLET_MEDIAN_NM, Texture, height_map, thickness_map
from scipy import ndimage

from tests.sim.physics.samples import REFERENCE

PIXELS = 384
WIDE_NM = 4000.0


@dataclass(frozen=True)
class Checked:
    """A truth and the estimate of it; None when none was stated."""

    truth: float
    estimate: Estimate | None

    @property
    def holds(self) -> bool:
        """Whether the interval has the truth in it."""
        return self.estimate is not None and self.estimate.low <= self.truth <= self.estimate.high


def check_film(seed: int, folder: Path) -> dict[str, Checked]:
    """A rough film with droplets: Sa, Sq, Ssk, Sku between them, correlation length, droplets' density."""
    rng = np.random.default_rng([seed, 1])
    length = math.exp(rng.uniform(math.log(30.0), math.log(150.0)))
    pixel_nm = length / rng.uniform(5.0, 15.0)
    field_mm2 = (PIXELS * pixel_nm * 1e-6) ** 2
    # a narrow field hardly ever has a droplet; a wide one is taken because of them
    droplets = rng.uniform(0.0, 8.0) if pixel_nm * PIXELS > WIDE_NM else 0.0
    texture = Texture(rng.uniform(3.0, 20.0), length, rng.uniform(0.6, 0.9), droplets / field_mm2, DROPLET_MEDIAN_NM)
    found = _read(
        write_image(folder / f"film{seed}.png", height_map(texture, rng, PIXELS, pixel_nm), pixel_nm, "height")
    )
    sq = texture.sq_nm
    truths = {"sa": sq * math.sqrt(2.0 / math.pi), "sq": sq, "ssk": 0.0, "sku": 3.0}
    checked = {name: Checked(truth, found.film[name]) for name, truth in truths.items()}
    return {
        **checked,
        "length": Checked(texture.length_nm, found.length_nm),
        "droplets": Checked(texture.droplets_per_mm2, found.islands.per_mm2),
    }


def check_lithium(seed: int, folder: Path) -> dict[str, Checked]:
    """Lithium after cycling: densities and median sizes of islands and needles."""
    rng = np.random.default_rng([seed, 2])
    pixel_nm = rng.uniform(20.0, 100.0)
    field_mm2 = (PIXELS * pixel_nm * 1e-6) ** 2
    islands, needles = rng.uniform(5.0, 30.0), rng.uniform(3.0, 15.0)
    deposit = Deposit(islands / field_mm2, rng.uniform(10.0, 22.0) * pixel_nm, needles / field_mm2,
                      rng.uniform(30.0, 60.0) * pixel_nm, rng.uniform(3.5, 5.0) * pixel_nm, 0.2)  # fmt: skip
    image = lithium_image(deposit, rng.uniform(0.005, 0.04), rng, PIXELS, pixel_nm)
    found = _read(write_image(folder / f"lithium{seed}.tif", image, pixel_nm, "intensity"))
    return {
        "islands": Checked(deposit.islands_per_mm2, found.islands.per_mm2),
        "island size": Checked(deposit.island_nm, found.islands.size_nm),
        "needles": Checked(deposit.needles_per_mm2, found.needles.per_mm2),
        "needle length": Checked(deposit.needle_nm, found.needles.size_nm),
    }


def check_thickness(seed: int, folder: Path) -> dict[str, Checked]:
    """A substrate's thickness map, noise and grain on it: unevenness."""
    rng = np.random.default_rng([seed, 3])
    film = replace(make_sample(REFERENCE, NOMINAL).film, thickness_nm=rng.uniform(100.0, 1000.0))
    side_mm = rng.uniform(5.0, 25.0)
    true_nm = thickness_map(film, rng, PIXELS, side_mm, REFERENCE.distance_mm)
    noise = ndimage.gaussian_filter(rng.standard_normal(true_nm.shape), rng.uniform(0.5, 4.0))
    seen = true_nm * (1.0 + rng.uniform(0.01, 0.05) * noise / noise.std())
    found = _read(write_image(folder / f"thickness{seed}.png", seen, side_mm * 1e6 / PIXELS, "thickness"))
    return {"unevenness": Checked(float(true_nm.std() / true_nm.mean()), found.unevenness)}


def _read(path: Path) -> Analysis:
    found = analyse(read_image(path))
    path.unlink()
    return found
