import numpy as np
import numpy.typing as npt
import pytest
from adatom.cloud.measure.eis.cell import REASONS, CellFit, fit_cell
from adatom.protocol.errors import InputError
from hypothesis import given, settings
from hypothesis import strategies as st

from .spectra import AREA_CM2, FREQ_HZ, Made, arc, make_cell

W = 2 * np.pi * FREQ_HZ
COUNT = 60  # spectra a group
Range = tuple[float, float]


def fitted(made: Made) -> CellFit:
    return fit_cell(FREQ_HZ, made.z_ohm, area_cm2=AREA_CM2, symmetric=True)


def draw(rng: np.random.Generator, limits: Range) -> float:
    """A log-uniform value."""
    return float(np.exp(rng.uniform(*np.log(limits))))


def outcome(seed: int, contact: Range, film: Range, noise: float) -> tuple[float, float, int]:
    """Share within max(10 %, 3 sd), share inside the 95 % interval, and how many fits failed."""
    rng = np.random.default_rng(seed)
    made = [make_cell(rng, draw(rng, contact), draw(rng, film), noise=noise) for _ in range(COUNT)]
    fits = [fitted(m) for m in made]
    numbers = [(m, f.r_interface_ohm_cm2, f.sd_log) for m, f in zip(made, fits, strict=True)]
    good = [(np.log(r / m.r_interface_ohm_cm2), sd) for m, r, sd in numbers if r is not None and sd is not None]
    within = sum(abs(error) <= max(np.log(1.1), 3 * sd) for error, sd in good) / COUNT
    covered = sum(abs(error) <= 1.96 * sd for error, sd in good) / COUNT
    return within, covered, COUNT - len(good)


# contact and film in ohm cm2 per side, noise of a point
GROUPS: dict[str, tuple[Range, Range, float]] = {
    "floor": ((1, 3), (0.2, 0.8), 0.002),
    "hidden film": ((1, 30), (0.3, 5), 0.003),
    "overlapping": ((3, 30), (5, 50), 0.003),
    "middle": ((30, 1000), (1, 300), 0.003),
    "high": ((1e3, 9e4), (0.5, 1e4), 0.003),
    "noisy": ((30, 1000), (5, 300), 0.01),
}


@pytest.mark.parametrize("name", GROUPS)
def test_accuracy_and_coverage(name: str) -> None:
    contact, film, noise = GROUPS[name]
    within, covered, failed = outcome(len(name), contact, film, noise)
    print(f"{name}: within {within:.3f}, coverage {covered:.3f}")
    assert failed == 0
    assert within >= 0.95
    # 60 spectra of a 95 % interval: 0.87 is 3 standard deviations low; priors make narrow truth draws over-covered
    assert covered >= 0.87


def test_symmetric_cells_are_halved() -> None:
    made = make_cell(np.random.default_rng(1), 100.0, 50.0)
    both = fitted(made).r_interface_ohm_cm2
    one = fit_cell(FREQ_HZ, made.z_ohm, area_cm2=AREA_CM2, symmetric=False).r_interface_ohm_cm2
    assert both == pytest.approx(150.0, rel=0.02)
    assert one == pytest.approx(300.0, rel=0.02)


def test_diffusion_is_no_interface() -> None:
    fit = fitted(make_cell(np.random.default_rng(2), 100.0, 50.0))
    assert [arc.role for arc in fit.arcs] == ["interface", "interface", "diffusion"]
    assert fit.r_series_ohm_cm2 is not None
    assert fit.r_series_ohm_cm2 > 0


def test_hidden_film_widens_the_interval_and_is_stated() -> None:
    hidden = fitted(make_cell(np.random.default_rng(3), 3.0, 0.5))
    seen = fitted(make_cell(np.random.default_rng(3), 3.0, 100.0))
    assert hidden.sd_log is not None
    assert seen.sd_log is not None
    assert hidden.sd_log > 5 * seen.sd_log
    assert any("integrated out" in note for note in hidden.notes)


def test_without_a_film_nothing_is_assumed() -> None:
    rng = np.random.default_rng(4)
    z = 127 + 2 * arc(W, 40.0, 2e-6, 0.88) / AREA_CM2 + 4e-7j * W
    z = z * (1 + 0.002 * (rng.standard_normal(W.size) + 1j * rng.standard_normal(W.size)))
    fit = fit_cell(FREQ_HZ, z, area_cm2=AREA_CM2, symmetric=True, film_nm=None)
    assert fit.r_interface_ohm_cm2 == pytest.approx(40.0, rel=0.02)
    assert not any("typical" in note for note in fit.notes)


def test_grain_boundaries_of_the_pellet_are_no_interface() -> None:
    rng = np.random.default_rng(5)
    z = 127 + arc(W, 60.0, 2e-8, 0.95) + 2 * arc(W, 400.0, 2e-6, 0.88) / AREA_CM2
    z = z * (1 + 0.002 * (rng.standard_normal(W.size) + 1j * rng.standard_normal(W.size)))
    fit = fit_cell(FREQ_HZ, z, area_cm2=30 * AREA_CM2, symmetric=True, film_nm=None)
    assert fit.arcs[0].role == "pellet"


UNUSABLE: dict[str, npt.NDArray[np.complexfloating]] = {
    "short": np.full(W.size, 1.2 + 0j) + 3e-7j * W,
    "open": 1 / (1e-13j * W) + 1e9,
    "blocking": 130 + 1 / (4e-6 * (1j * W) ** 0.92),
}


@pytest.mark.parametrize("reason", UNUSABLE)
def test_unusable_cells_give_a_reason(reason: str) -> None:
    fit = fit_cell(FREQ_HZ, UNUSABLE[reason].astype(np.complex128), area_cm2=AREA_CM2, symmetric=True)
    assert (fit.reason, fit.quality, fit.r_interface_ohm_cm2) == (reason, "failed", None)


@pytest.mark.parametrize("film_nm", [None, 400.0])
def test_an_arc_that_never_closes_is_no_number(film_nm: float | None) -> None:
    """Its resistance is at the limit of the fit, where the covariance is 0: it was known to half a percent."""
    rng = np.random.default_rng(1)
    error = rng.standard_normal(W.size) + 1j * rng.standard_normal(W.size)
    z = np.asarray((5 + 1 / (1j * W * 1e-3)) * (1 + 0.003 * error), dtype=np.complex128)
    fit = fit_cell(FREQ_HZ, z, area_cm2=1.0, symmetric=False, film_nm=film_nm)
    assert fit.reason == "blocking" or fit.quality == "below_detection"


def test_loose_contact_is_noisy() -> None:
    rng = np.random.default_rng(6)
    z = make_cell(rng, 100.0, 50.0, noise=0.5).z_ohm
    assert fit_cell(FREQ_HZ, z, area_cm2=AREA_CM2, symmetric=True).reason == "noisy"


def test_no_arc_is_below_detection() -> None:
    rng = np.random.default_rng(7)
    error = rng.standard_normal(W.size) + 1j * rng.standard_normal(W.size)
    z = np.asarray((127 + 3e-7j * W) * (1 + 0.002 * error), dtype=np.complex128)
    fit = fit_cell(FREQ_HZ, z, area_cm2=AREA_CM2, symmetric=True, film_nm=None)
    assert fit.quality == "below_detection"
    assert fit.r_interface_ohm_cm2 is not None
    assert fit.r_interface_ohm_cm2 < 2.0


def test_resistor_in_place_of_a_cell_with_a_film_is_below_detection() -> None:
    rng = np.random.default_rng(8)
    error = rng.standard_normal(W.size) + 1j * rng.standard_normal(W.size)
    z = np.asarray(127 * (1 + 0.002 * error), dtype=np.complex128)
    fit = fit_cell(FREQ_HZ, z, area_cm2=AREA_CM2, symmetric=True)
    assert fit.r_interface_ohm_cm2 is not None
    assert fit.r_interface_ohm_cm2 < 2.0
    assert fit.sd_log is not None
    assert fit.sd_log > 0.3


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100_000), points=st.integers(6, 40), slope=st.floats(-1.5, 1.5), film=st.booleans())
def test_any_spectrum_gives_a_number_or_a_reason(seed: int, points: int, slope: float, film: bool) -> None:
    rng = np.random.default_rng(seed)
    freq = 10 ** rng.uniform(-2, 6, points)
    noise = rng.normal(0, 10 ** rng.uniform(-5, -0.5), points)
    z = 10 ** rng.uniform(-3, 9) * freq**slope * np.exp(1j * rng.uniform(-1.6, 1.6) + noise)
    fit = fit_cell(freq, z, area_cm2=1.0, symmetric=True, film_nm=400.0 if film else None)
    if fit.reason:
        assert fit.reason in REASONS
        assert fit.r_interface_ohm_cm2 is None
    else:
        assert fit.r_interface_ohm_cm2 is not None
        assert fit.sd_log is not None
        assert np.isfinite([fit.r_interface_ohm_cm2, fit.sd_log]).all()


@pytest.mark.parametrize("area", [0.0, -1.0, float("nan")])
def test_geometry_is_checked(area: float) -> None:
    with pytest.raises(InputError, match="area_cm2"):
        fit_cell(FREQ_HZ, UNUSABLE["short"].astype(np.complex128), area_cm2=area, symmetric=True)
