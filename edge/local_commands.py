"""What a person at the bench may ask for, typed or over the control socket: the network's commands without a seal.

One table: a command more is one `add`. A request is a dict {"do": name, ...}, an answer {"ok": true} or {"error": why}.
"""

from adatom.protocol.recipe import recipe_from_dict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .station import Station

    Request = dict[str, Any]
    Reply = dict[str, Any]
    Command = Callable[[Request, int], Reply]

ORDERS = ("abort", "pause", "resume", "rearm", "stop", "confirm")  # handed to the station as they are


class LocalCommands:
    """The commands of one bench. `status` gives the answer to "status" at a time."""

    def __init__(self, station: "Station", status: "Callable[[int], Reply]") -> None:
        self.station = station
        self.names: "list[str]" = []
        self._table: "dict[str, Command]" = {}
        for name in ORDERS:
            self.add(name, self._order)
        self.add("fail", self._fail)
        self.add("start", self._start)
        self.add("status", lambda request, now: status(now))

    def add(self, name: str, command: "Command") -> None:
        """One command more: command(request, now) gives the reply."""
        self.names.append(name)
        self._table[name] = command

    def carry_out(self, request: "Any", now: int) -> "Reply":
        """The reply to a request of any shape."""
        name = request.get("do") if isinstance(request, dict) else None
        if not isinstance(name, str) or name not in self._table:
            return {"error": "do = %r: must be one of %s" % (name, ", ".join(self.names))}
        return self._table[name](request, now)

    def _order(self, request: "Request", now: int) -> "Reply":
        args = {"why": str(request.get("why") or "by the person at the bench")}
        if request["do"] == "confirm":
            args = {"step": str(request.get("step") or self.station.agent.waiting_for)}
        return _reply(self.station.order(request["do"], args, now))

    def _fail(self, request: "Request", now: int) -> "Reply":
        why = str(request.get("why") or "the person at the bench says so")
        return _reply(self.station.order("confirm", {"step": self.station.agent.waiting_for, "failed": why}, now))

    def _start(self, request: "Request", now: int) -> "Reply":
        """Run a recipe, as the cloud would ask for it; what is no recipe raises ProtocolError."""
        recipe = recipe_from_dict(request.get("recipe"))
        return _reply(self.station.start_local(recipe, str(request.get("name") or "recipe")[:40], now))


def _reply(reasons: "list[str]") -> "Reply":
    return {"error": "; ".join(reasons)} if reasons else {"ok": True}
