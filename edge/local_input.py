"""What the person at the bench types: the same commands that the network has, without the network."""

import select
import sys

from .agent import Agent

HELP = "type: confirm | fail WHY | pause | resume | abort | rearm"


class LocalInput:
    """Lines from a terminal, never waited for. Without a terminal nobody types."""

    def __init__(self) -> None:
        self.listening = sys.stdin is not None and sys.stdin.isatty()

    def obey(self, agent: Agent, now_ms: int) -> str:
        """Carry out a line if one was typed; what to say about it, "" for nothing typed."""
        if not self.listening or not select.select([sys.stdin], [], [], 0)[0]:
            return ""
        line = sys.stdin.readline()
        if not line:  # the terminal is gone
            self.listening = False
            return ""
        return carry_out(line, agent, now_ms)


def carry_out(line: str, agent: Agent, now_ms: int) -> str:
    """Do what a line says to an agent; "ok" or why not."""
    word, _, rest = line.strip().partition(" ")
    if word == "confirm":
        reasons = agent.confirm(agent.waiting_for, now_ms)
    elif word == "fail":
        reasons = agent.give_up(agent.waiting_for, rest or "the person at the bench says so", now_ms)
    elif word == "abort":
        reasons = agent.abort(now_ms, rest or "by the person at the bench")
    elif word in ("pause", "resume", "rearm"):
        reasons = getattr(agent, word)(now_ms)
    else:
        return HELP
    return "; ".join(reasons) or "ok"
