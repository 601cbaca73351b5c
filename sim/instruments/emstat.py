"""Twin of a PalmSens EmStat Pico (or EmStat4) at byte level: the idle commands, scripts, abort, halt and errors.

UART bytes in and out; the script itself runs in potentiostat.py. After an error the instrument is deaf for a while.
"""

from .methodscript import LINE_MAX, Parser, Program, ScriptError
from .plant import Plant
from .potentiostat import MODELS, Potentiostat, Steps

DEAF_S = 0.075  # instruments.md: input is ignored for 50 to 100 ms after an error
FLOW_CONTROL = b"\x11\x13"
SCRIPT_LINES_MAX = 1000  # K
LANGUAGE = "v0108"


class Emstat:
    """One potentiostat. `instant` gives all points of a measurement at once instead of after their periods."""

    PROTOCOL = "methodscript"
    BAUD = 230400

    def __init__(self, plant: Plant, instant: bool = False, model: str = "espico") -> None:
        self.model = MODELS[model]
        self.instant = instant
        self.potentiostat = Potentiostat(plant, self.model)
        self._line = bytearray()
        self._script: list[str] | None = None  # lines of a script that is being received
        self._receives = ""  # the command that it came with: e or l
        self._loaded: Program | None = None
        self._steps: Steps | None = None  # the running script
        self._due_s = 0.0
        self._halted_s: float | None = None
        self._deaf_until_s = 0.0

    @property
    def cell_on(self) -> bool:
        """Whether the cell is connected to the electronics."""
        return self.potentiostat.cell_on

    def due_s(self) -> float | None:
        """When the next output leaves by itself; None while nothing runs."""
        return self._due_s if self._steps is not None and self._halted_s is None else None

    def feed(self, data: bytes, now_s: float) -> bytes:
        """What it sends in answer to bytes from the host, whatever they are."""
        out = self.tick(now_s)
        for line in self._lines(data, now_s):
            out += self._take(line, now_s)
        return out

    def tick(self, now_s: float) -> bytes:
        """What a running script has to send by now."""
        out = ""
        while self._steps is not None and self._halted_s is None and (self.instant or self._due_s <= now_s):
            try:
                wait_s, text = next(self._steps)
            except StopIteration:
                self._steps = None
                break
            self._due_s += wait_s
            out += text
            if text.startswith("!"):
                self._deaf_until_s = now_s + DEAF_S
        return out.encode()

    def state(self) -> dict[str, object]:
        """What the instrument believes."""
        return {
            "cell_on": self.potentiostat.cell_on,
            "running": self._steps is not None,
            "halted": self._halted_s is not None,
            "mode": self.potentiostat.mode,
            "current_a": self.potentiostat.current_a,
            "energised": self.potentiostat.cell_on,
        }

    # --- lines -------------------------------------------------------------------------------------------------
    def _lines(self, data: bytes, now_s: float) -> list[str]:
        """The complete lines in what arrived; a line that is far too long is cut."""
        if now_s < self._deaf_until_s:
            self._line.clear()
            return []
        *ends, rest = data.translate(None, FLOW_CONTROL + b"\r").split(b"\n")
        lines = []
        for end in ends:
            lines.append(bytes(self._line + end)[: LINE_MAX + 1].decode("ascii", "replace"))
            self._line.clear()
        self._line += rest
        del self._line[LINE_MAX + 1 :]
        return lines

    def _take(self, line: str, now_s: float) -> bytes:
        if now_s < self._deaf_until_s:
            return b""
        if self._script is not None:
            return self._collect(line, now_s)
        if not line:
            return b""
        if self._steps is not None:
            return self._while_running(line, now_s)
        return self._idle(line, now_s)

    def _idle(self, line: str, now_s: float) -> bytes:
        model = self.model
        fixed = {"t": f"t{model.identity}#Sep 30 2025 12:00:00\nR*\n", "i": f"i{model.serial}\n", "v": f"{LANGUAGE}\n"}
        if line in fixed:
            return fixed[line].encode()
        if line in ("e", "l"):
            self._script, self._receives = [], line
            return b""
        if line == "r" and self._loaded is not None:
            return b"r\n" + self._start(self._loaded, now_s)
        return self._error(line[0], 0x0006 if line in ("Z", "Y", "h", "H", "r") else 0x0003, now_s)

    def _while_running(self, line: str, now_s: float) -> bytes:
        if line in ("Z", "Y"):
            self.potentiostat.control = line
            self._due_s = now_s
            self._halted_s = None
            return f"{line}\n".encode() + self.tick(now_s)
        if line == "h" and self._halted_s is None:
            self._halted_s = now_s
            return b"h\n"
        if line == "H" and self._halted_s is not None:
            self._due_s += now_s - self._halted_s
            self._halted_s = None
            return b"H\n" + self.tick(now_s)
        return self._error(line[0], 0x0006, now_s)

    def _collect(self, line: str, now_s: float) -> bytes:
        """A line of a script; the empty one ends it."""
        assert self._script is not None
        if line:
            if len(self._script) < SCRIPT_LINES_MAX:
                self._script.append(line)
            return b""
        lines, self._script = self._script, None
        try:
            program = Parser().parse(lines)
        except ScriptError as error:
            self._deaf_until_s = now_s + DEAF_S
            return f"{self._receives}{error}\n".encode()
        if self._receives == "l":
            self._loaded = program
            return b"l\n"
        return b"e\n" + self._start(program, now_s)

    def _start(self, program: Program, now_s: float) -> bytes:
        self._steps = self.potentiostat.run(program)
        self._due_s = now_s
        return self.tick(now_s)

    def _error(self, first: str, code: int, now_s: float) -> bytes:
        self._deaf_until_s = now_s + DEAF_S
        return f"{first}!{code:04X}\n".encode("ascii", "replace")
