"""The embedded broker for one machine: amqtt on loopback, no other process and no installation.

It answers on 127.0.0.1 alone and keeps nothing on disk: durability is the journal's and the receipts' work. For a
laboratory network use mosquitto and name its URL instead.
"""

import contextlib
import logging
import socket
from collections.abc import AsyncIterator

from adatom.protocol.errors import FailedError
from amqtt.broker import Broker
from amqtt.errors import BrokerError


@contextlib.asynccontextmanager
async def embedded_broker(port: int = 0) -> AsyncIterator[tuple[str, int]]:
    """A running broker's (host, port); port 0 takes a free one."""
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    logging.getLogger("transitions").setLevel(logging.ERROR)
    port = port or _free_port()
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    try:
        await broker.start()
    except BrokerError as error:
        raise FailedError(f"no broker can listen on 127.0.0.1:{port}: the port is in use, or not allowed") from error
    try:
        yield "127.0.0.1", port
    finally:
        await broker.shutdown()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
