"""A hardened mosquitto configuration as text: mutual TLS, who may say what, and limits. Pure; knows no files."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from adatom.protocol import topics
from adatom.protocol.messages import DOWN, MAX_BYTES, UP

from .authority import Identity

HEADER = "# written by adatom broker config; it will be overwritten"
PORT = 8883
# Measured: with mosquitto's 1000 an offline subscriber loses 4 of 5 000 acknowledged messages. The records are safe in
# the benches' journals either way; this is for what a cloud may miss in a restart without a resend.
QUEUED_MAX = 100_000
QUEUED_BYTES_MAX = 256 * 1024 * 1024
HEADERS_BYTES = 512  # around a message: packet head and topic
IN_FLIGHT_MAX = 100
CONNECTIONS_MAX = 1000
KEEPALIVE_MAX_S = 60  # a half-open line is given up after one and a half of it

CONFIG = """{header}
per_listener_settings true
listener {port}{bind}
protocol mqtt
max_connections {connections}

# mutual TLS: whoever has no valid certificate of this authority gets no further than the handshake
cafile {folder}/ca.pem
certfile {folder}/cert.pem
keyfile {folder}/key.pem
crlfile {folder}/crl.pem
tls_version tlsv1.2
require_certificate true
allow_anonymous false

# the certificate's common name is the user, whatever a client says; and the client id, so nobody takes another's place
use_identity_as_username true
use_username_as_clientid true
acl_file {folder}/acl

# whoever sends a larger packet is cut off before it is read; nothing is retained, and a queue has an end
max_packet_size {packet_bytes}
retain_available false
max_keepalive {keepalive_s}
max_queued_messages {queued}
max_queued_bytes {queued_bytes}
max_inflight_messages {in_flight}
set_tcp_nodelay true

persistence true
persistence_location {folder}/state/
autosave_interval 60
persistent_client_expiration 1d

log_dest stderr
log_type error
log_type warning
log_type notice
connection_messages true
"""

UNIT = """{header}
[Unit]
Description=MQTT broker of the laboratory (adatom)
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=/usr/sbin/mosquitto -c {folder}/mosquitto.conf
ExecReload=/bin/kill -HUP $MAINPID
User=mosquitto
Restart=always
RestartSec=1
NoNewPrivileges=true
PrivateTmp=true
PrivateDevices=true
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={folder}/state
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX

[Install]
WantedBy=multi-user.target
"""


def config(folder: Path, port: int = PORT, bind: str = "") -> str:
    """The text of mosquitto.conf for files in a folder."""
    return CONFIG.format(
        header=HEADER, folder=folder, port=port, bind=f" {bind}" if bind else "", connections=CONNECTIONS_MAX,
        packet_bytes=MAX_BYTES + HEADERS_BYTES, keepalive_s=KEEPALIVE_MAX_S,
        queued=QUEUED_MAX, queued_bytes=QUEUED_BYTES_MAX, in_flight=IN_FLIGHT_MAX,
    )  # fmt: skip


def unit(folder: Path) -> str:
    """The text of a systemd unit that runs it."""
    return UNIT.format(header=HEADER, folder=folder)


def acl(identities: Sequence[Identity], hears: Mapping[Identity, Sequence[str]]) -> str:
    """The text of the access list. Who does not stand in it may do nothing.

    `hears`: the benches that an observer may hear, where it is not all of them.
    """
    blocks = [HEADER, "# a user is the common name of a certificate; nothing is allowed that is not written here"]
    for who in identities:
        lines = _allowed(who, hears.get(who, ()))
        if lines:
            blocks.append("\n".join([f"user {who}", *lines]))
    return "\n\n".join(blocks) + "\n"


def _allowed(who: Identity, benches: Sequence[str]) -> list[str]:
    """A bench speaks for itself and hears what is for it; the cloud hears all and answers; a person orders.

    An observer only hears.
    """
    if who.role == "bench":
        mine = [f"topic write {topics.up(who.name, kind)}" for kind in UP]
        return [*mine, f"topic read {topics.all_down(who.name)}"]
    if who.role == "cloud":
        return [f"topic read {topics.all_up()}", *[f"topic write {topics.PREFIX}/+/down/{kind}" for kind in DOWN]]
    if who.role in ("operator", "lead"):
        return [f"topic read {topics.all_up()}", f"topic write {topics.PREFIX}/+/down/command"]
    if who.role == "observer":
        return [f"topic read {topics.all_up(bench)}" for bench in benches or ("",)]
    return []
