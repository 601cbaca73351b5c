"""Packets out of any pieces of a stream; what a proxy has to know of them."""

import pytest
from adatom.edge.mqtt import Client
from adatom.sim.soak import packets
from hypothesis import given
from hypothesis import strategies as st


def conversation(sizes: list[int]) -> list[bytes]:
    """What our own client writes: an introduction, a subscription, publications."""
    client = Client("bench-a", 10)
    client.connect(0)
    written = [client.take()]
    client.feed(b"\x20\x02\x00\x00", 0)
    client.subscribe("adatom/1/a/down/+")
    for size in sizes:
        client.publish("adatom/1/a/up/event", bytes(size), qos=size % 2)
    while packet := client.take():
        written.append(packet)
    return written


@given(st.lists(st.integers(0, 300), max_size=5), st.integers(1, 50))
def test_packets_are_found_in_any_pieces(sizes: list[int], piece: int) -> None:
    written = conversation(sizes)
    stream = b"".join(written)
    splitter = packets.Splitter()
    found = [p for at in range(0, len(stream), piece) for p in splitter.feed(stream[at : at + piece])]
    assert found == written
    assert packets.client_id(found[0]) == "bench-a"
    published = [packets.publication(packet) for packet in found]
    assert [one for one in published if one] == [("adatom/1/a/up/event", bytes(size)) for size in sizes]


@pytest.mark.parametrize("stream", [b"\x30\xff\xff\xff\x7f", b"\x30\xff\xff\xff\xff\x01"])
def test_what_is_no_mqtt_is_refused(stream: bytes) -> None:
    with pytest.raises(ValueError, match=r"MQTT|bytes"):
        packets.Splitter().feed(stream)
