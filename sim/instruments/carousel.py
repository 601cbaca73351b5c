"""Twin of a Neocera-type target carousel (open Arduino controller) at byte level: LF lines in, nothing ever out."""

from .line_input import LineInput
from .plant import Plant

SLOT_DEG = {1: 14, 2: 74, 3: 134, 4: 194, 5: 254, 6: 314}
MOVE_DEG_S = 72.0  # K: a little faster than the driver reckons
IN_PLACE_DEG = 1.0  # a target this near to its angle is in the beam
RASTER_DEG_S = (0.1, 90.0)


class Carousel:
    """Moves to the angle asked for, counted from where it believes zero is: wrong until it was homed."""

    PROTOCOL = "neocera"
    BAUD = 9600

    def __init__(self, plant: Plant, start_deg: float = 37.0) -> None:
        self.plant = plant
        self.offset_deg = start_deg  # true angle of what it takes for zero
        self.target_deg = 0.0
        self.rotating = False
        self.rotation_deg_s = 30
        self.raster_deg = 0
        self.raster_deg_s = 5.0
        self.raster_steps = 0  # taken by > and <
        self.turn_deg = 0  # of a target about its own axis
        self._line = LineInput()
        self._now_s: float | None = None
        plant.carousel_deg = start_deg
        plant.carousel_slot = 0

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Take bytes from the host; there is no reply to anything."""
        self.tick(now_s)
        for command in self._line.take(data):
            self._command(command)
        self._locate()
        return b""

    def tick(self, now_s: float) -> bytes:
        """Move on; nothing is ever said."""
        elapsed_s = 0.0 if self._now_s is None else max(0.0, now_s - self._now_s)
        self._now_s = now_s
        way_deg = self.target_deg + self.offset_deg - self.plant.carousel_deg
        step = min(abs(way_deg), MOVE_DEG_S * elapsed_s)
        self.plant.carousel_deg += step if way_deg > 0 else -step
        self._locate()
        return b""

    def state(self) -> dict[str, object]:
        """What the controller believes; the angle is true only after homing."""
        return {
            "angle_deg": round(self.plant.carousel_deg - self.offset_deg, 3),
            "homed": self.offset_deg == 0.0,
            "slot": self.plant.carousel_slot,
            "rotating": self.rotating,
            "raster_deg": self.raster_deg,
            "raster_steps": self.raster_steps,
            "turn_deg": self.turn_deg,
        }

    def _locate(self) -> None:
        """A target counts as in the beam only while the carousel stands still."""
        angle = self.plant.carousel_deg
        moving = abs(self.target_deg + self.offset_deg - angle) > 1e-9
        near = [slot for slot, deg in SLOT_DEG.items() if abs(angle - deg) <= IN_PLACE_DEG]
        self.plant.carousel_slot = near[0] if near and not moving else 0

    def _command(self, text: str) -> None:
        name, number = text[:1], text[1:]
        if text == "o":
            self.offset_deg = 0.0
            self.target_deg = 0.0
        elif name == "," and number.isdigit() and int(number) <= 360:
            self.target_deg = float(number)
        elif text in ("g", "r"):
            self.rotating = text == "g"
        elif name == "#" and number.isdigit():
            self.rotation_deg_s = int(number)
        elif name == "s" and number.isdigit():
            self.raster_deg = int(number)
        elif text == "h":
            self.raster_deg = 0
        elif name == "t" and number.isdigit():
            self.turn_deg = int(number)
        elif text in (">", "<"):
            self.raster_steps += 1 if text == ">" else -1
        elif name == "!":
            self._set_raster_speed(number)

    def _set_raster_speed(self, text: str) -> None:
        low, high = RASTER_DEG_S
        try:
            speed = float(text)
        except ValueError:
            return
        self.raster_deg_s = speed if low <= speed <= high else self.raster_deg_s
