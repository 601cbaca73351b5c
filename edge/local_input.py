"""What the person at the bench types: the local commands, a line each, never waited for."""

import select
import sys

from .local_commands import LocalCommands

HELP = "type: confirm | fail WHY | pause | resume | abort | rearm | stop"
TYPED = HELP[len("type: ") :].replace(" WHY", "").split(" | ")


class LocalInput:
    """Lines from a terminal. Without a terminal nobody types."""

    def __init__(self) -> None:
        self.listening = sys.stdin is not None and sys.stdin.isatty()

    def obey(self, commands: LocalCommands, now_ms: int) -> str:
        """Carry out a line if one was typed; what to say about it, "" for nothing typed."""
        if not self.listening or not select.select([sys.stdin], [], [], 0)[0]:
            return ""
        line = sys.stdin.readline()
        if not line:  # the terminal is gone
            self.listening = False
            return ""
        return carry_out(line, commands, now_ms)


def carry_out(line: str, commands: LocalCommands, now_ms: int) -> str:
    """Do what a line says; "ok" or why not."""
    word, _, rest = line.strip().partition(" ")
    if word not in TYPED:
        return HELP
    reply = commands.carry_out({"do": word, "why": rest}, now_ms)
    return str(reply.get("error", "ok"))
