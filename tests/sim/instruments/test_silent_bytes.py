"""Carousel and attenuator on their serial lines: they obey and never say a word."""

import pytest
from adatom.sim.instruments.attenuator import Attenuator
from adatom.sim.instruments.carousel import Carousel
from adatom.sim.instruments.plant import Plant
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(("slot", "degrees"), [(1, 14), (2, 74), (3, 134), (4, 194), (5, 254), (6, 314)])
def test_the_carousel_brings_a_target_into_the_beam_in_its_time(slot: int, degrees: int) -> None:
    plant = Plant()
    twin = Carousel(plant, start_deg=0.0)
    assert twin.feed(b",%d\n" % degrees, 0.0) == b""
    twin.tick(degrees / 72.0 - 0.1)
    assert plant.carousel_slot == 0
    twin.tick(degrees / 72.0 + 0.1)
    assert plant.carousel_slot == slot
    twin.feed(b",0\n", 10.0)
    twin.tick(20.0)
    assert (plant.carousel_slot, plant.carousel_deg) == (0, 0.0)


def test_angles_are_wrong_until_it_is_homed() -> None:
    plant = Plant()
    twin = Carousel(plant, start_deg=37.0)
    twin.feed(b",74\n", 0.0)
    twin.tick(10.0)
    assert (plant.carousel_deg, plant.carousel_slot) == (111.0, 0)
    assert not twin.state()["homed"]
    twin.feed(b"o\n", 10.0)
    twin.tick(20.0)
    twin.feed(b",74\n", 20.0)
    twin.tick(30.0)
    assert plant.carousel_slot == 2


def test_rotation_raster_and_speeds() -> None:
    twin = Carousel(Plant())
    twin.feed(b"g\n#20\ns15\n!7\n", 0.0)
    assert (twin.rotating, twin.rotation_deg_s, twin.raster_deg, twin.raster_deg_s) == (True, 20, 15, 7)
    twin.feed(b"r\nh\n", 0.0)
    assert (twin.rotating, twin.raster_deg) == (False, 0)
    twin.feed(b"!0.1\nt45\n>\n>\n<\n!91\n!x\n", 0.0)
    assert (twin.raster_deg_s, twin.turn_deg, twin.raster_steps) == (0.1, 45, 1)


def test_the_attenuator_blocks_unblocks_and_turns() -> None:
    plant = Plant()
    twin = Attenuator(plant)
    twin.feed(b"f\n,30\n", 0.0)
    assert not plant.beam_blocked
    twin.tick(2.0)
    assert plant.attenuator_deg == pytest.approx(10.0)
    twin.feed(b"g\n#8\n", 2.0)
    twin.tick(10.0)
    assert plant.beam_blocked
    assert plant.attenuator_deg == pytest.approx(30.0)
    twin.stuck = True
    twin.feed(b"f\n", 10.0)
    assert twin.state() == {"beam_blocked": True, "angle_deg": plant.attenuator_deg}


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_any_bytes_get_no_reply_and_the_next_command_is_obeyed(pieces: list[bytes]) -> None:
    plant = Plant()
    twins = (Carousel(plant), Attenuator(plant))
    for k, piece in enumerate(pieces):
        assert all(twin.feed(piece, 0.1 * k) == b"" for twin in twins)
    for twin in twins:
        twin.feed(b"\no\n", 10.0)
        twin.feed(b"g\n,74\n", 300.0)
        assert twin.tick(600.0) == b""
    assert plant.beam_blocked
    assert plant.carousel_slot == 2
