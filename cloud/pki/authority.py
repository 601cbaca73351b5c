"""Certificates of a laboratory's own authority. Pure: time passed in, PEM bytes out; knows no files.

EC P-256 and SHA-256 throughout: what mosquitto, OpenSSL and the mbedTLS of a board all take, and small enough for the
board. A certificate's common name is ROLE/NAME, by which the broker knows whom it has before it.
"""

import datetime
import ipaddress
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from adatom.cloud.pem import UNREADABLE
from adatom.protocol.errors import InputError, ProtocolError
from adatom.protocol.topics import check_bench
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ROLES = ("broker", "cloud", "bench", "operator", "lead", "observer")
AUTHORITY_DAYS = 3650
DAYS, DAYS_MAX = 397, 825  # of a certificate: a year and a month to renew it in; what browsers' rules allowed at most
BACKDATE = datetime.timedelta(hours=1)  # clocks of a laboratory differ
HOSTS_MAX = 20


@dataclass(frozen=True)
class Identity:
    """Whose certificate it is."""

    role: str
    name: str

    def __str__(self) -> str:
        return f"{self.role}/{self.name}"


@dataclass(frozen=True)
class Issued:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @property
    def serial(self) -> str:
        return f"{self.certificate.serial_number:x}"


def identity_of(text: str) -> Identity:
    """The Identity of ROLE/NAME; InputError for anything else."""
    role, slash, name = text.partition("/")
    if role not in ROLES or not slash:
        raise InputError("name", f"{text!r}: must be ROLE/NAME with a role of {', '.join(ROLES)}")
    try:
        return Identity(role, check_bench(name))
    except ProtocolError as error:
        raise InputError("name", f"{text!r}: the name must be 1 to 32 of a-z, 0-9 and -") from error


def new_authority(laboratory: str, now: datetime.datetime) -> Issued:
    """A self-signed authority that signs certificates and revocation lists, and nothing below itself that signs."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"authority/{laboratory}")
    usage = _usage(key_cert_sign=True, crl_sign=True)
    certificate = (
        _builder(name, name, key, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Issued(certificate, key)


def issue(
    authority: Issued, who: Identity, now: datetime.datetime, days: int = DAYS, hosts: Sequence[str] = ()
) -> Issued:
    """A certificate for who: a broker's is good for servers with these hosts alone, any other for clients alone."""
    if not 1 <= days <= DAYS_MAX:
        raise InputError("--days", f"{days}: must be 1 to {DAYS_MAX}")
    if (who.role == "broker") != bool(hosts):
        raise InputError("--host", "a broker needs the names or addresses under which it is reached, others have none")
    serves = who.role == "broker"
    key = ec.generate_private_key(ec.SECP256R1())
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if serves else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = (
        _builder(_name(str(who)), authority.certificate.subject, key, now, days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_issuer_key(authority), critical=False)
    )
    if serves:
        builder = builder.add_extension(x509.SubjectAlternativeName(_hosts(hosts)), critical=False)
    return Issued(builder.sign(authority.key, hashes.SHA256()), key)


def revocation_list(
    authority: Issued, revoked: Sequence[tuple[str, datetime.datetime]], number: int, now: datetime.datetime
) -> bytes:
    """The PEM of a list of (serial in hex, when). It is good as long as the authority.

    A list that goes stale would shut out every bench, and in a laboratory a person carries it to the broker.
    """
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(now - BACKDATE)
        .next_update(authority.certificate.not_valid_after_utc)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(_issuer_key(authority), critical=False)
    )
    for serial, when in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(int(serial, 16)).revocation_date(when).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def load(certificate_pem: bytes, key_pem: bytes, where: str) -> Issued:
    """A certificate and its key from PEM. InputError when they are none, or do not belong together."""
    try:
        certificate, public = _loaded(certificate_pem)
        key = serialization.load_pem_private_key(key_pem, password=None)
    except UNREADABLE as error:
        raise InputError(where, "certificate or private key cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or public != key.public_key():
        raise InputError(where, "private key and certificate do not belong together")
    return Issued(certificate, key)


def _loaded(pem: bytes) -> tuple[x509.Certificate, object]:
    """(certificate, its public key). One of UNREADABLE for what is none.

    cryptography reads most of a certificate when it is asked for it, so all that is used later is asked for here.
    """
    with warnings.catch_warnings(action="ignore"):  # of a serial that is refused below
        certificate = x509.load_pem_x509_certificate(pem)
        if certificate.serial_number <= 0 or not certificate.subject.rdns:
            raise ValueError("no serial number or no name")
        if certificate.not_valid_after_utc <= certificate.not_valid_before_utc:
            raise ValueError("is never valid")
        return certificate, certificate.public_key()


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime.datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _issuer_key(authority: Issued) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())


def _usage(digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature, key_cert_sign=key_cert_sign, crl_sign=crl_sign, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _hosts(hosts: Sequence[str]) -> list[x509.GeneralName]:
    if len(hosts) > HOSTS_MAX:
        raise InputError("--host", f"{len(hosts)} of them: at most {HOSTS_MAX}")
    found: list[x509.GeneralName] = []
    for host in hosts:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(host)))
            continue
        except ValueError:
            pass
        labels = host.split(".")
        good = all(label and len(label) <= 63 and label.replace("-", "a").isalnum() for label in labels)
        if not good or not host.isascii() or len(host) > 253:
            raise InputError("--host", f"{host!r}: must be a host name like broker.lab, or an IP address")
        found.append(x509.DNSName(host))
    return found
