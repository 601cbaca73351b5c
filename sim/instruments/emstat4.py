"""Twin of a PalmSens EmStat4 HR: the EmStat Pico's language at another speed, with a galvanostat and larger ranges."""

from .emstat import Emstat
from .plant import Plant


class Emstat4(Emstat):
    """As Emstat, but with the EmStat4's profile."""

    PROTOCOL = "methodscript-emstat4"
    BAUD = 921600

    def __init__(self, plant: Plant, instant: bool = False) -> None:
        super().__init__(plant, instant, "es4")
