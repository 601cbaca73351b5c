"""The person at the bench, as the agent needs one: to load a substrate, expose a film to air, assemble a cell.

At a real bench a person does it and says so over the network (`confirm`); a simulated rig has its own person, who
answers on the rig's control socket.
"""

from typing import Any

from adatom.protocol.recipe import Recipe, recipe_to_dict

from .control_socket import ask


class RigOperator:
    """The person of a simulated rig, behind the control socket in the rig's folder."""

    simulated = True

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def load(self, recipe: Recipe) -> None:
        self._ask({"do": "load", "recipe": recipe_to_dict(recipe)})

    def done(self, step: str) -> bool:
        """True: the rig's person does a step at once."""
        self._ask({"do": "confirm", "step": step})
        return True

    def _ask(self, request: dict[str, Any]) -> None:
        ask(self.folder, request, "the simulated rig")
