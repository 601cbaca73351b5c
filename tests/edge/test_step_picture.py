"""The picture of a step test: scales in steps of 1, 2 or 5, and numbers that do not overlap."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from adatom.edge.plant_fit import Course
from adatom.edge.step_picture import TICK_PX, TIME_PX, picture, round_steps

TEXT = "{http://www.w3.org/2000/svg}text"


@pytest.mark.parametrize(
    ("low", "high", "most", "steps"),
    [
        (0.0, 15.3, 9, [0, 2, 4, 6, 8, 10, 12, 14]),
        (-0.25, 0.24, 3, [-0.2, 0, 0.2]),
        (-3.75, 84.0, 3, [0, 50]),
        (24.4, 38.6, 10, [26, 28, 30, 32, 34, 36, 38]),
        (5.0, 5.0, 3, [5]),
    ],
)
def test_steps_are_round(low: float, high: float, most: int, steps: list[float]) -> None:
    assert round_steps(low, high, most) == pytest.approx(steps)


@pytest.mark.parametrize("minutes", [1, 4, 15, 120])
def test_numbers_of_a_scale_keep_their_distance(minutes: int) -> None:
    count = 60 * minutes
    course = Course([50.0] * count, [25.0 + second / 3 for second in range(count)])
    root = ElementTree.fromstring(picture(course, [24.9 + second / 3 for second in range(count)], "a <b> & c"))
    texts = root.findall(TEXT)
    assert texts[0].text == "a <b> & c"
    heights = sorted(float(text.attrib["y"]) for text in texts if text.attrib.get("text-anchor") == "end")
    assert min(after - before for before, after in pairwise(heights[1:])) >= TICK_PX
    middle = [text for text in texts if text.attrib.get("text-anchor") == "middle" and text.text != "time / min"]
    places = [float(text.attrib["x"]) for text in middle]
    assert len(places) > 2
    assert min(after - before for before, after in pairwise(places)) >= TIME_PX
