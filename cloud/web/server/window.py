"""What the pages stand on: the store, the benches, the campaign that runs (if one does), and who is let in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adatom.cloud.campaign.fleet import Fleet
from adatom.cloud.campaign.runner import Campaign
from adatom.cloud.clock import CLOCK, Clock
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread

from .access import Gate, Person
from .live import Live


@dataclass
class Window:
    """One server's parts. `campaign`: the one that this process runs."""

    store: StoreThread
    fleet: Fleet
    live: Live
    gate: Gate
    campaign: Campaign | None = None
    clock: Clock = CLOCK

    async def audit(self, person: Person, action: str, fields: Mapping[str, Any]) -> None:
        """Note in the audit chain what a person did, before it is done."""
        said = {"person": person.name, "role": person.role, "action": action, **fields}
        await self.store.call(Store.append_audit, "window", self.clock.utc_s(), said)
