"""A bench's link on either interpreter: publishes thrice, prints what a cloud answers. URL [CA [ms [CERT KEY]]]."""

import sys

from adatom.edge.clock import now_ms, sleep_ms
from adatom.edge.link import Link

PATIENCE_MS = 60000


def dialer(url, files):
    if sys.implementation.name == "micropython":
        from adatom.edge.board.dial import Dialer

        return Dialer(url, files, lambda: True, now_ms)
    from adatom.edge.dial import Dialer, TlsFiles

    return Dialer(url, TlsFiles(*files))


def main(url, ca_file="", patience_ms=PATIENCE_MS, cert_file="", key_file=""):
    link = Link(dialer(url, (ca_file, cert_file, key_file)), "twin-1")
    started = now_ms()
    heard = []
    while len(heard) < 3 and now_ms() - started < int(patience_ms):
        link.service(now_ms())
        if link.new_session():
            for size in (3, 300, 40000):
                link.publish("adatom/1/twin-1/up/event", bytes([size & 0xFF]) * size)
        heard += link.received()
        sleep_ms(2)
    link.service(now_ms())
    print([(topic, len(payload), payload[:2]) for topic, payload in heard], link.trouble)
    link.close()


main(*sys.argv[1:])
