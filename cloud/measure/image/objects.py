"""Needles, islands and droplets: what stands out of the background, counted and sized. Knows nothing of files."""

import math
from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Flags, Floats
from adatom.cloud.measure.image.estimate import Estimate, counted, student
from scipy import ndimage

SMOOTH_PX = 1.0  # of the image in which objects are looked for
SIGMAS = 5.0  # above the background: no false alarm in a million independent pixels
FEWEST_PX = 12  # of an object: below, its shape is the pixels'
NEEDLE_ASPECT = 3.0  # length over width from which an object is a needle
RAGGED = 0.85  # share of its ellipse that an object fills: ellipse 1, rectangle 0.955, two that touch less
CLIPPINGS, CLIP_SIGMAS = 8, 3.0
LEAST_SPREAD = 1e-3  # of all values: a drawn picture has no noise
FEWEST_SIZED = 3
EDGE_PX = 0.5  # standard deviation of all sizes alike: where blur and smoothing put the edge
HALVINGS = 4  # rounds until the half height stands still


@dataclass(frozen=True)
class Object:
    """One object, in pixels; `chance` that its box lies within a frame that is laid anywhere."""

    centre: tuple[float, float]
    length_px: float
    width_px: float
    area_px: float
    filled: float
    inside: bool
    chance: float

    @property
    def needle(self) -> bool:
        """Whether it is a needle, else an island."""
        return self.length_px >= NEEDLE_ASPECT * self.width_px

    @property
    def size_px(self) -> float:
        """Length of a needle, diameter of an island of the same area."""
        return self.length_px if self.needle else math.sqrt(4.0 * self.area_px / math.pi)


@dataclass(frozen=True)
class Group:
    """Needles or islands: how many the image shows, how many a mm2 the sample has, their median size and its share."""

    seen: int
    cut: int
    per_mm2: Estimate | None
    size_nm: Estimate | None
    covered: float


def background(values: Floats) -> tuple[float, float]:
    """(median, standard deviation) of the background: objects are above, so the spread is that below the median.

    Objects pull the median up as long as they are in; they are clipped off round by round.
    """
    left = values.ravel()
    least = float(np.ptp(values)) * LEAST_SPREAD
    for _ in range(CLIPPINGS):
        centre = float(np.median(left))
        spread = max(math.sqrt(float(np.mean((left[left <= centre] - centre) ** 2))), least)
        left = left[left <= centre + CLIP_SIGMAS * spread]
    return centre, spread


def find_objects(values: Floats, *, half_height: bool) -> tuple[list[Object], Flags]:
    """Objects brighter or higher than the background, and the mask of all that stands out.

    `half_height` puts edges half way up to the objects' median, right for bodies of even brightness; else edges are
    where the background ends, right for steep heights.
    """
    smooth = ndimage.gaussian_filter(values, SMOOTH_PX)
    centre, spread = background(smooth)
    limit = centre + SIGMAS * spread
    if spread == 0.0 or not (smooth > limit).any():
        return [], np.zeros(values.shape, dtype=bool)
    for _ in range(HALVINGS if half_height else 0):
        # flanks above the limit pull the median down at first; those above half of it are the bodies'
        limit = max(limit, (centre + float(np.median(smooth[smooth > limit]))) / 2.0)
    out = smooth > limit
    labels, _ = ndimage.label(out, np.ones((3, 3)))
    boxes = [(rows, columns) for rows, columns in ndimage.find_objects(labels)]
    large = [(k + 1, box) for k, box in enumerate(boxes) if np.sum(labels[box] == k + 1) >= FEWEST_PX]
    found = [_object(labels[box] == label, box, values.shape) for label, box in large]
    return found, np.isin(labels, [label for label, _ in large])


def _object(inside: Flags, box: tuple[slice, slice], shape: tuple[int, ...]) -> Object:
    y, x = (index + part.start for index, part in zip(np.nonzero(inside), box, strict=True))
    spread = np.cov(np.stack([y, x]), bias=True) + np.eye(2) / 12.0  # a pixel has a variance itself
    narrow, wide = np.sqrt(12.0 * np.maximum(np.linalg.eigvalsh(spread), 0.0))  # sides of the rectangle alike
    tall, broad = (part.stop - part.start for part in box)
    chance = max(shape[0] - tall - 1, 1) * max(shape[1] - broad - 1, 1) / (shape[0] * shape[1])
    touches = any(part.start == 0 or part.stop == n for part, n in zip(box, shape, strict=True))
    ellipse = 4.0 * math.pi * math.sqrt(float(np.linalg.det(spread)))
    centre = (float(y.mean()), float(x.mean()))
    return Object(centre, float(wide), float(narrow), float(y.size), y.size / ellipse, not touches, chance)


def group(objects: list[Object], shape: tuple[int, ...], pixel_nm: float | None) -> Group:
    """Number density and median size with 95 % intervals.

    Objects that the border cuts are left out and the others weighted with the reciprocal chance to lie inside (Miles
    and Lantuejoul), so large ones are not lost. The density's interval is Poisson's, the size's Student's of the
    logarithms.
    """
    whole = [one for one in objects if one.inside]
    covered = sum(one.area_px for one in objects) / (shape[0] * shape[1])
    if pixel_nm is None:
        return Group(len(objects), len(objects) - len(whole), None, None, covered)
    area_mm2 = shape[0] * shape[1] * (pixel_nm * 1e-6) ** 2
    weights = np.array([1.0 / one.chance for one in whole])
    low, high = counted(len(whole))
    each = float(weights.mean()) if whole else 1.0
    per_mm2 = Estimate(len(whole) * each / area_mm2, low * each / area_mm2, high * each / area_mm2, "1/mm2")
    sizes = np.array([one.size_px * pixel_nm for one in whole])
    size = _median_size(sizes, weights, EDGE_PX * pixel_nm)
    return Group(len(objects), len(objects) - len(whole), per_mm2, size, covered)


def _median_size(sizes: Floats, weights: Floats, edge_nm: float) -> Estimate | None:
    if sizes.size < FEWEST_SIZED:
        return None
    share, logs = weights / weights.sum(), np.log(sizes)
    mean = float(share @ logs)
    n = 1.0 / float(share @ share)
    spread = math.sqrt(float(share @ (logs - mean) ** 2) * n / (n - 1.0) / n)
    half = student(sizes.size - 1) * math.hypot(spread, edge_nm / math.exp(mean))
    return Estimate(math.exp(mean), math.exp(mean - half), math.exp(mean + half), "nm")
