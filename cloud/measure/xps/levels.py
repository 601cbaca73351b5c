"""The core levels that are fitted: sensitivities, energies, widths, doublets, chemical states. Tables only.

Energies are binding energies in eV against C 1s = 284.8. Sensitivities are Scofield's (J. Electron Spectrosc. Relat.
Phenom. 8 (1976) 129), Al K alpha, C 1s = 1, of all lines listed. Splittings and states: Moulder, Handbook of X-ray
Photoelectron Spectroscopy (1992); carbonate and lattice oxygen of the garnet: Sharafi et al., J. Mater. Chem. A 5
(2017) 13475, Wood and Teeter, ACS Appl. Energy Mater. 1 (2018) 4493.
"""

from dataclasses import dataclass

FILM, OVERLAYER, CARBON, ELSEWHERE = "film", "overlayer", "carbon", ""


@dataclass(frozen=True)
class State:
    """One chemical state of a level. `sd_ev`: how well its energy is known relative to the others of the level.

    An `optional` state is fitted only where the spectrum asks for it; it counts for no element.
    """

    name: str
    layer: str
    binding_ev: float
    sd_ev: float = 0.15
    fwhm_ev: float = 1.4
    optional: bool = False


@dataclass(frozen=True)
class Level:
    """A core level; the member of a doublet at higher energy has `minor_share` of its area, `splitting_ev` above."""

    element: str
    orbital: str
    sensitivity: float
    low_ev: float  # the window that is fitted
    high_ev: float
    states: tuple[State, ...]
    splitting_ev: float = 0.0
    minor_share: float = 0.0
    in_survey: bool = True  # strong and alone enough to be fitted in a survey where no narrow spectrum is there

    @property
    def name(self) -> str:
        """Such as "O 1s"."""
        return f"{self.element} {self.orbital}"


P_SHARE, D_SHARE, F_SHARE = 1 / 3, 2 / 5, 3 / 7  # of the smaller member: 2j + 1 electrons in each


def _alone(binding_ev: float, fwhm_ev: float, sd_ev: float = 0.6, layer: str = FILM) -> tuple[State, ...]:
    return (State("", layer, binding_ev, sd_ev, fwhm_ev),)


CARBONATE, HYDROCARBON = "carbonate", "C-C"
LEVELS = (
    Level("C", "1s", 1.00, 280.0, 294.5,
          (State(HYDROCARBON, CARBON, 284.8, 0.1, 1.4), State("C-O", CARBON, 286.3, 0.15, 1.4),
           State(CARBONATE, OVERLAYER, 289.9, 0.2, 1.4))),
    Level("O", "1s", 2.93, 523.0, 538.0,
          (State("lattice", FILM, 528.7, 0.2, 1.6), State(CARBONATE, OVERLAYER, 531.7, 0.2, 1.6))),
    Level("Li", "1s", 0.0568, 48.0, 62.0,
          (State("lattice", FILM, 54.5, 0.1, 1.5), State(CARBONATE, OVERLAYER, 55.3, 0.1, 1.5),
           State("Zr 4s", ELSEWHERE, 51.5, 0.3, 3.0, optional=True)), in_survey=False),
    Level("La", "3d", 47.6, 826.0, 864.0,
          (State("main", FILM, 833.5, 0.3, 2.5), State("shake-up", FILM, 837.5, 0.3, 2.5)), 16.8, D_SHARE),
    Level("Zr", "3d", 7.04, 176.0, 190.0, _alone(181.7, 1.5, 0.3), 2.4, D_SHARE),
    Level("Ta", "4f", 8.62, 18.0, 34.0, _alone(25.9, 1.2, 0.3), 1.9, F_SHARE),
    Level("Nb", "3d", 8.21, 200.0, 216.0, _alone(206.9, 1.2, 0.3), 2.7, D_SHARE),
    Level("Al", "2p", 0.537, 67.0, 81.0, _alone(73.9, 1.5, 0.4)),
    Level("Ga", "2p3/2", 21.4, 1108.0, 1130.0, _alone(1118.0, 1.6, 0.5)),
    # no part of the garnet: only from a narrow spectrum that is there
    Level("F", "1s", 4.43, 678.0, 694.0, _alone(685.0, 1.7, 1.0), in_survey=False),
    Level("N", "1s", 1.80, 392.0, 408.0, _alone(399.5, 1.6, 1.0), in_survey=False),
    Level("Si", "2p", 0.817, 95.0, 110.0, _alone(102.5, 1.6, 1.0), 0.61, P_SHARE, in_survey=False),
    Level("P", "2p", 1.192, 126.0, 142.0, _alone(133.0, 1.4, 1.0), 0.86, P_SHARE, in_survey=False),
    Level("S", "2p", 1.68, 155.0, 176.0, _alone(164.0, 1.3, 3.0), 1.18, P_SHARE, in_survey=False),
    Level("Cl", "2p", 2.29, 192.0, 206.0, _alone(198.5, 1.3, 1.0), 1.60, P_SHARE, in_survey=False),
    Level("Ti", "2p", 7.91, 450.0, 474.0, _alone(458.5, 1.4, 0.6), 5.7, P_SHARE, in_survey=False),
)  # fmt: skip
BY_NAME = {level.name: level for level in LEVELS}
ELEMENTS = tuple(level.element for level in LEVELS)
