"""What a bridge needs of the far side, whatever its words: how to connect, what to send, what to do with answers.

Implementations are pure: values in, messages out. The shell (service.py) does the talking.
"""

from typing import NamedTuple, Protocol

from .benches import Change


class Out(NamedTuple):
    """A message to publish."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False


class Far(Protocol):
    """The far side of a bridge. Times are ms since 1970."""

    @property
    def title(self) -> str:
        """Under which name it is found there."""

    def will(self, now_ms: int) -> Out:
        """What the broker is to say when we are gone; a new session begins."""

    def topics(self) -> list[str]:
        """What to subscribe to."""

    def connected(self, now_ms: int) -> list[Out]:
        """The first messages of a session, after the subscriptions."""

    def told(self, change: Change, now_ms: int) -> list[Out]:
        """What to send for a change of a bench."""

    def heard(self, topic: str, payload: bytes, now_ms: int) -> list[Out]:
        """What to answer; ProtocolError for what is not understood."""

    @property
    def hang_up(self) -> bool:
        """Whether the session is to end, and another one to be begun."""

    def death(self, now_ms: int) -> list[Out]:
        """What to say before hanging up."""
