"""Twin of an MKS 651C throttle-valve controller at byte level: ASCII, CR LF, answers about 250 ms after a request."""

from .line_input import LineInput
from .plant import Plant

REPLY_S = 0.25  # instruments.md 1.8
FULL_SCALE_CODE = 8  # R33: 100 units
FULL_SCALE_PA = 100.0
UNIT_CODE = 5  # R34: Pa
SETPOINTS = {1: 1, 2: 2, 3: 3, 4: 4, 10: 5}  # request number -> set-point A to E
STROKE_PCT_S = 50.0  # K: full travel in 2 s
# K: gain and phase lead of its own pressure loop, as its "learn" leaves them on the twin's chamber: travel moves in
# proportion, 1.5 times the relative error, and the lead cancels the chamber's 14 s at 10 Pa
GAIN, LEAD_S = 1.5, 14.0
TRAVEL_LEAST_PCT = 0.5  # K: below it a butterfly valve controls nothing
ERROR_MOST = 0.5  # K: of the set-point; an emptier or fuller chamber moves the valve no faster
LINE_MAX = 80  # K: longer input is dropped


class Mks651:
    """Position and pressure set-points A to E; controls the pressure itself when a set-point is of that type."""

    PROTOCOL = "mks651"
    BAUD = 9600

    def __init__(self, plant: Plant, reply_s: float = REPLY_S) -> None:
        self.plant = plant
        self.reply_s = reply_s
        self.setpoint_pct = dict.fromkeys(range(1, 6), 0.0)
        self.is_pressure = dict.fromkeys(range(6), True)  # factory setting: pressure control
        self.active: int | str = "stop"  # 1 to 5, or open, close, stop
        self.local = False
        self._line = LineInput(LINE_MAX)
        self._replies: list[tuple[float, bytes]] = []
        self._now_s: float | None = None
        self._error: float | None = None  # relative, at the last step of the pressure loop

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Take bytes from the host; whatever they are, the answer is what is due now."""
        for command in self._line.take(data):
            self._command(command, now_s)
        return self.tick(now_s)

    def tick(self, now_s: float) -> bytes:
        """Answers that are due; moves the valve when the controller runs its own pressure loop."""
        elapsed_s = 0.0 if self._now_s is None else now_s - self._now_s
        self._now_s = now_s
        self._control(elapsed_s)
        due = b"".join(reply for at_s, reply in self._replies if at_s <= now_s)
        self._replies = [(at_s, reply) for at_s, reply in self._replies if at_s > now_s]
        return due

    def due_s(self) -> float | None:
        """When the next answer leaves; None when nothing was asked."""
        return self._replies[0][0] if self._replies else None

    def state(self) -> dict[str, object]:
        """What the controller believes."""
        return {
            "valve_pct": self.plant.valve_pct,
            "active": "ABCDE"[self.active - 1] if isinstance(self.active, int) else self.active,
            "setpoints_pct": list(self.setpoint_pct.values()),
            "local": self.local,
        }

    def _command(self, text: str, now_s: float) -> None:
        if text[:1] == "R" and text[1:].isdigit():
            answer = self._answer(int(text[1:]))
            if answer:
                self._replies.append((now_s + self.reply_s, answer.encode() + b"\r\n"))
        elif not self.local:  # in local mode it answers, but obeys its own keys only
            self._action(text)

    def _action(self, text: str) -> None:
        if text in ("O", "C", "H"):
            self.active = {"O": "open", "C": "close", "H": "stop"}[text]
        elif text[:1] == "D" and text[1:] in ("1", "2", "3", "4", "5"):
            self.active = int(text[1:])
        elif text[:1] == "T" and len(text) == 3 and text[1] in "12345" and text[2] in "01":
            self.is_pressure[int(text[1])] = text[2] == "1"
        elif text[:1] == "S" and text[1:2] in ("1", "2", "3", "4", "5"):
            self._write_setpoint(int(text[1]), text[2:])
        self._control(0.0)

    def _write_setpoint(self, number: int, text: str) -> None:
        try:
            percent = float(text)
        except ValueError:
            return
        if 0.0 <= percent <= 100.0:
            self.setpoint_pct[number] = percent

    def _control(self, elapsed_s: float) -> None:
        if self.active == "open":
            self.plant.valve_pct = 100.0
        elif self.active == "close":
            self.plant.valve_pct = 0.0
        elif isinstance(self.active, int):
            target = self.setpoint_pct[self.active]
            if not self.is_pressure[self.active]:
                self.plant.valve_pct = target
            else:
                self._regulate(target, elapsed_s)
        if not isinstance(self.active, int) or not self.is_pressure[self.active]:
            self._error = None

    def _regulate(self, target_pct: float, elapsed_s: float) -> None:
        """Integral action with phase lead on relative error and relative travel; downstream, so high pressure opens."""
        if elapsed_s <= 0 or target_pct <= 0:
            return
        error = self._pressure_pct() / target_pct - 1.0
        change = error - self._error if self._error is not None else 0.0
        self._error = error
        travel = self.plant.valve_pct
        pull = max(-ERROR_MOST, min(ERROR_MOST, error)) * elapsed_s / LEAD_S
        step = max(travel, TRAVEL_LEAST_PCT) * GAIN * (pull + change)
        most = STROKE_PCT_S * elapsed_s
        self.plant.valve_pct = max(TRAVEL_LEAST_PCT, min(100.0, travel + max(-most, min(most, step))))

    def _pressure_pct(self) -> float:
        return max(0.0, min(110.0, 100.0 * self.plant.pressure_pa / FULL_SCALE_PA))

    def _answer(self, number: int) -> str:
        """The reply to R<number>; "" for a request it does not have."""
        fixed = {33: f"E{FULL_SCALE_CODE:02d}", 34: f"F{UNIT_CODE:02d}", 38: "H1.50"}
        if number in SETPOINTS:
            place = SETPOINTS[number]
            return f"S{place}{self.setpoint_pct[place]:.2f}"
        if 25 <= number <= 30:
            return f"T{number - 25}{int(self.is_pressure[number - 25])}"
        measured = {5: f"P{self._pressure_pct():.2f}", 6: f"V{self.plant.valve_pct:.2f}"}
        states = {7: self._status(), 37: self._system()}
        return fixed.get(number) or measured.get(number) or states.get(number) or ""

    def _status(self) -> str:
        place = self.active if isinstance(self.active, int) else 0
        valve = {"open": 1, "close": 2}.get(str(self.active), 0)
        return f"M{place}{valve}{int(self._pressure_pct() >= 10.0)}"

    def _system(self) -> str:
        words = {"open": 0, "close": 1, "stop": 2}
        state = self.active + 2 if isinstance(self.active, int) else words[self.active]
        return f"M{0 if self.local else 1}0{state}"
