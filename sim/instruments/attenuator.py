"""Twin of the open ATmega328p laser attenuator at byte level: LF lines in, nothing ever out."""

from .line_input import LineInput
from .plant import Plant

SPEED_DEG_S = (1, 8)
DEFAULT_SPEED_DEG_S = 5


class Attenuator:
    """Beam block and wave plate. `stuck` freezes the block where it is: the fault that only the energy meter shows."""

    PROTOCOL = "open-attenuator"
    BAUD = 9600

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.target_deg = 0.0
        self.speed_deg_s = DEFAULT_SPEED_DEG_S
        self.stuck = False
        self._line = LineInput()
        self._now_s: float | None = None

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Take bytes from the host; there is no reply to anything."""
        self.tick(now_s)
        for command in self._line.take(data):
            self._command(command)
        return b""

    def tick(self, now_s: float) -> bytes:
        """Turn on; nothing is ever said."""
        elapsed_s = 0.0 if self._now_s is None else max(0.0, now_s - self._now_s)
        self._now_s = now_s
        way_deg = self.target_deg - self.plant.attenuator_deg
        step = min(abs(way_deg), self.speed_deg_s * elapsed_s)
        self.plant.attenuator_deg += step if way_deg > 0 else -step
        return b""

    def state(self) -> dict[str, object]:
        """What the controller believes."""
        return {"beam_blocked": self.plant.beam_blocked, "angle_deg": self.plant.attenuator_deg}

    def _command(self, text: str) -> None:
        name, number = text[:1], text[1:]
        if text in ("f", "g"):
            if not self.stuck:
                self.plant.beam_blocked = text == "g"
        elif text == "o":
            self.target_deg = 0.0
        elif name == "," and number.isdigit() and int(number) <= 360:
            self.target_deg = float(number)
        elif name == "#" and number.isdigit() and SPEED_DEG_S[0] <= int(number) <= SPEED_DEG_S[1]:
            self.speed_deg_s = int(number)
