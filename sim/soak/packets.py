"""MQTT packets in a stream of bytes, as far as a proxy has to see them. Pure."""

import struct

CONNECT, PUBLISH, PUBACK = 0x10, 0x30, 0x40
QOS = 0x06
SIZE_MAX = 1 << 20


class Splitter:
    """Whole packets out of pieces of a stream."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The packets that are complete now. ValueError for what cannot be MQTT."""
        self._rest += data
        found = []
        while (size := _size(self._rest)) and size <= len(self._rest):
            found.append(self._rest[:size])
            self._rest = self._rest[size:]
        return found


def kind(packet: bytes) -> int:
    """The packet's type, without flags."""
    return packet[0] & 0xF0


def client_id(connect: bytes) -> str:
    """The client's name in a CONNECT packet."""
    at = _head(connect)
    at += 2 + struct.unpack(">H", connect[at : at + 2])[0] + 4  # protocol name, level, flags, keepalive
    size = struct.unpack(">H", connect[at : at + 2])[0]
    return connect[at + 2 : at + 2 + size].decode()


def publication(packet: bytes) -> tuple[str, bytes] | None:
    """(topic, payload) of a PUBLISH; None for any other packet."""
    if kind(packet) != PUBLISH:
        return None
    at = _head(packet)
    size = struct.unpack(">H", packet[at : at + 2])[0]
    start = at + 2 + size
    return packet[at + 2 : start].decode(), packet[start + (2 if packet[0] & QOS else 0) :]


def _head(packet: bytes) -> int:
    """Bytes before a packet's contents."""
    at = 1
    while packet[at] & 0x80:
        at += 1
    return at + 1


def _size(data: bytes) -> int:
    """Bytes of the packet that data begins with; 0 while that is not known."""
    size = 0
    for place in range(1, min(len(data), 5)):
        size |= (data[place] & 0x7F) << 7 * (place - 1)
        if data[place] < 0x80:
            if size > SIZE_MAX:
                raise ValueError(f"a packet of {size} bytes")
            return place + 1 + size
    if len(data) >= 5:
        raise ValueError("no MQTT: a length of more than four bytes")
    return 0
