"""The cloud's signing key: a private key in a file of its owner's, its public half beside it for whoever verifies."""

from pathlib import Path
from typing import NamedTuple

from adatom.cloud.ingest.keys import read_secret, write_secret
from adatom.cloud.pem import UNREADABLE
from adatom.cloud.proof.certificate import key_id
from adatom.protocol.errors import InputError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FILE = "signing-key.pem"  # beside the sealing keys
PUBLIC_MAX = 65536
MARK = b"-----BEGIN PUBLIC KEY-----"


class Signer(NamedTuple):
    """A key that signs certificates."""

    private: Ed25519PrivateKey

    @property
    def public_key(self) -> bytes:
        """Its public half, 32 bytes."""
        return self.private.public_key().public_bytes_raw()

    @property
    def key(self) -> str:
        """Its id."""
        return key_id(self.public_key)


def load_or_create_signer(path: Path) -> Signer:
    """The key of a PEM file, made when missing; NAME.pub gets its public half. InputError for what cannot be used.

    To change the key, move the file aside: the next start makes another, and NAME.pub holds the public halves of both.
    """
    if not path.exists():
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_secret(path, pem.decode())
    found = private_of(read_secret(path), str(path))
    _publish(found, path.with_suffix(".pub"))
    return Signer(found)


def private_of(text: str, where: str) -> Ed25519PrivateKey:
    """The private key of a PEM text; InputError for any other."""
    try:
        found = serialization.load_pem_private_key(text.encode(), None)
    except UNREADABLE as error:
        raise InputError(where, "is no private key in PEM without a password") from error
    if not isinstance(found, Ed25519PrivateKey):
        raise InputError(where, "must be an Ed25519 key")
    return found


def _publish(private: Ed25519PrivateKey, path: Path) -> None:
    """Add the public half to a file that holds those of earlier keys too."""
    pem = private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    known = path.read_bytes() if path.exists() else b""
    if pem not in known:
        path.write_bytes(known + pem)


def public_keys(path: Path) -> list[bytes]:
    """The raw Ed25519 public keys of a PEM file, one or more. InputError when there is none."""
    return public_of(path.read_bytes()[:PUBLIC_MAX], str(path))


def public_of(data: bytes, where: str) -> list[bytes]:
    """As public_keys, of the bytes of such a file."""
    keys = []
    for block in data.split(MARK)[1:]:
        try:
            found = serialization.load_pem_public_key(MARK + block)
        except UNREADABLE as error:
            raise InputError(where, "holds a public key that cannot be read") from error
        if isinstance(found, Ed25519PublicKey):
            keys.append(found.public_bytes_raw())
    if not keys:
        raise InputError(where, "holds no Ed25519 public key in PEM")
    return keys
