"""The MQTT shell of a bench on CPython: bytes between a broker and the station, nothing else.

paho's network thread only fills a queue and a flag; the control loop empties them between ticks.
"""

import queue
import socket
from typing import Any

import paho.mqtt.client as mqtt
from adatom.protocol import topics
from adatom.protocol.address import broker_address
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

KEEPALIVE_S = 10  # a half-open link is found after 1.5 times this
QUEUE_MAX = 10000


class Link:
    """A connection that keeps itself up. `epoch` grows with each new session to the broker."""

    def __init__(self, url: str, bench: str) -> None:
        self.bench = bench
        self.epoch = self.seen = 0
        self.inbox: queue.Queue[tuple[str, bytes]] = queue.Queue(QUEUE_MAX)
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="bench-" + bench)
        self.client.on_connect = self._connected
        self.client.on_message = self._message
        self.client.on_socket_open = _no_delay
        self.client.reconnect_delay_set(1, 5)
        self.client.max_inflight_messages_set(100)
        host, port = broker_address(url)
        self.client.connect_async(host, port, keepalive=KEEPALIVE_S)
        self.client.loop_start()

    @property
    def up(self) -> bool:
        return self.client.is_connected()

    def new_session(self) -> bool:
        """Whether the broker was reached anew since the last call."""
        epoch = self.epoch  # read once: the network's thread may raise it meanwhile
        new = epoch != self.seen
        self.seen = epoch
        return new

    def publish(self, topic: str, payload: bytes) -> None:
        """Hand bytes to the network thread (QoS 1). What gets lost on the way, the session sends again."""
        self.client.publish(topic, payload, qos=1)

    def received(self) -> list[tuple[str, bytes]]:
        """The (topic, payload) pairs that arrived since the last call."""
        out = []
        while not self.inbox.empty():
            out.append(self.inbox.get_nowait())
        return out

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _connected(
        self,
        client: mqtt.Client,
        userdata: Any,
        flags: mqtt.ConnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if reason_code == 0:
            client.subscribe(topics.all_down(self.bench), qos=1)
            self.epoch += 1

    def _message(self, client: mqtt.Client, userdata: Any, message: mqtt.MQTTMessage) -> None:
        if not self.inbox.full():  # a flood is dropped here; the sender's session repeats what matters
            self.inbox.put((message.topic, bytes(message.payload)))


def _no_delay(client: mqtt.Client, userdata: Any, sock: Any) -> None:
    # Nagle and delayed acknowledgements together cost 40 ms a message
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
