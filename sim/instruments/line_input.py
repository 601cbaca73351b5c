"""The input of a controller that takes commands as lines; what is longer than its buffer is lost."""


class LineInput:
    """`take` bytes; `longest` is the size of the buffer."""

    def __init__(self, longest: int = 32) -> None:  # K
        self.longest = longest
        self._rest = b""

    def take(self, data: bytes) -> list[str]:
        """The lines that LF or CR complete now, without blanks around them."""
        lines = []
        for byte in data:
            if byte in b"\r\n":
                lines.append(self._rest.decode("ascii", "replace").strip())
                self._rest = b""
            elif len(self._rest) < self.longest:
                self._rest += bytes([byte])
        return lines
