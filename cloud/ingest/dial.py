"""Where the broker is and how to show it who we are: a URL, a folder of certificates, a user with a password file."""

import os
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from adatom.cloud.ingest.keys import read_secret
from adatom.protocol.address import broker_address, is_secure
from adatom.protocol.errors import InputError
from adatom.protocol.secrecy import refuse_mode

CA, CERT, KEY = "ca.pem", "cert.pem", "key.pem"  # as `adatom pki` names them
PASSWORD_VARIABLE = "ADATOM_MQTT_PASSWORD"  # noqa: S105  # the name of the variable


@dataclass(frozen=True)
class Broker:
    """A broker that can be reached. `tls`: "" for the system's authorities, None for a plain connection."""

    host: str
    port: int
    tls: str | None = None
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        return f"mqtt{'' if self.tls is None else 's'}://{self.host}:{self.port}"

    def context(self) -> ssl.SSLContext | None:
        """What TLS needs, read anew at each connection: so a renewed certificate is used from the next one on."""
        return None if self.tls is None else tls_context(Path(self.tls) if self.tls else None)


def broker_of(url: str, tls: Path | None = None, user: str = "", password_file: Path | None = None) -> Broker:
    """The broker of a URL; every file is looked at now. InputError says what is wrong with which.

    `tls`: a folder with ca.pem and, for a broker that asks who is there, cert.pem and key.pem. The password comes
    from the file, else from the environment.
    """
    host, port = broker_address(url)
    if tls is not None and not is_secure(url):
        raise InputError("broker", f"{url!r}: certificates are for mqtts:// only")
    password = os.environ.get(PASSWORD_VARIABLE, "") if user else ""
    if password_file is not None:
        if not user:
            raise InputError(str(password_file), "a password needs a user")
        password = read_secret(password_file).splitlines()[0] if password_file.stat().st_size else ""
    broker = Broker(host, port, str(tls or "") if is_secure(url) else None, user, password)
    broker.context()
    return broker


def tls_context(folder: Path | None) -> ssl.SSLContext:
    """TLS 1.2 or newer with a folder's certificates, or the system's authorities. InputError names the file."""
    if folder is None:
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context
    ca, cert, key = folder / CA, folder / CERT, folder / KEY
    try:
        context = ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise InputError(str(ca), f"cannot be used: {error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if cert.exists() or key.exists():
        try:
            refuse_mode(str(key), key.stat().st_mode)
            context.load_cert_chain(cert, key, password=_no_password)
        except (OSError, ssl.SSLError) as error:
            raise InputError(str(cert), f"with {KEY}: cannot be used: {error}") from error
    return context


def _no_password() -> str:
    """OpenSSL would ask on the terminal for the password of an encrypted key."""
    raise InputError(KEY, "is encrypted: a service has nobody to ask for its password")
