"""A bench's link on either interpreter: publishes three messages, prints what a cloud answers, ends. URL, CA file."""

import sys

from adatom.edge.clock import now_ms, sleep_ms
from adatom.edge.link import Link

PATIENCE_MS = 60000


def dialer(url, ca_file):
    if sys.implementation.name == "micropython":
        from adatom.edge.board.dial import Dialer

        return Dialer(url, ca_file, lambda: True, now_ms)
    from adatom.edge.dial import Dialer

    return Dialer(url, ca_file)


def main(url, ca_file, patience_ms):
    link = Link(dialer(url, ca_file), "twin-1")
    started = now_ms()
    heard = []
    while len(heard) < 3 and now_ms() - started < patience_ms:
        link.service(now_ms())
        if link.new_session():
            for size in (3, 300, 40000):
                link.publish("adatom/1/twin-1/up/event", bytes([size & 0xFF]) * size)
        heard += link.received()
        sleep_ms(2)
    link.service(now_ms())
    print([(topic, len(payload), payload[:2]) for topic, payload in heard], link.trouble)
    link.close()


main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "", int(sys.argv[3]) if len(sys.argv) > 3 else PATIENCE_MS)
