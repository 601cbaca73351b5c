"""Line shapes: area, width, and the limits that they share."""

import numpy as np
import pytest
from adatom.cloud.measure.xps.shapes import SHAPES, voigt

FINE = np.arange(-400.0, 400.0, 0.005)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
def test_area_is_1_and_the_width_is_what_was_asked_for(name: str, share: float) -> None:
    line = SHAPES[name](FINE, 1.4, share)
    assert float(line.sum()) * 0.005 == pytest.approx(1.0, abs=2e-3)
    above = FINE[line >= line.max() / 2.0]
    assert float(np.ptp(above)) == pytest.approx(1.4, rel=0.06 if name == "product" else 0.01)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_all_shapes_agree_on_gauss_and_lorentz(share: float) -> None:
    near = np.linspace(-4.0, 4.0, 81)
    first, *others = [shape(near, 1.2, share) for shape in SHAPES.values()]
    for other in others:
        assert other == pytest.approx(first, rel=1e-2, abs=1e-6)


def test_voigt_lies_between_its_parts() -> None:
    tail = np.array([3.0])
    assert voigt(tail, 1.0, 0.0)[0] < voigt(tail, 1.0, 0.5)[0] < voigt(tail, 1.0, 1.0)[0]
