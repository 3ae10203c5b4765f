"""A local certificate authority for `nero up --tls`: browsers give their webcam only to HTTPS.

The authority's certificate (`authority.pem`) is installed once on each kiosk; the server's is made
again when a name is missing from it or it is about to end. Private keys are mode 0600.
"""

import ipaddress
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_AUTHORITY_DAYS = 3650
_SERVER_DAYS = 397
"""Browsers refuse server certificates that are valid for longer than 398 days."""
_RENEW_DAYS = 30


@dataclass(frozen=True)
class ServerCertificate:
    """Where the parts lie."""

    certificate: Path
    key: Path
    authority: Path
    names: tuple[str, ...]


def local_names() -> tuple[str, ...]:
    """Return the names and addresses by which other machines may reach this one."""
    host = socket.gethostname()
    addresses = {"127.0.0.1", _outward_address()}
    return ("localhost", *sorted({host, f"{host}.local"}), *sorted(address for address in addresses if address))


def ensure_certificate(folder: Path, names: Sequence[str], now: datetime) -> ServerCertificate:
    """Return a certificate for `names`, made with an authority of our own where there is none that fits."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = ServerCertificate(folder / "server.pem", folder / "server.key", folder / "authority.pem", tuple(names))
    authority, authority_key = _ensure_authority(folder, now)
    if not _fits(made, authority, now):
        _make_server(made, authority, authority_key, now)
    return made


def _fits(made: ServerCertificate, authority: x509.Certificate, now: datetime) -> bool:
    if not (made.certificate.exists() and made.key.exists()):
        return False
    certificate = x509.load_pem_x509_certificates(made.certificate.read_bytes())[0]
    if certificate.issuer != authority.subject or certificate.not_valid_after_utc < now + timedelta(days=_RENEW_DAYS):
        return False
    alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(alternatives) == set(_alternatives(made.names))


def _ensure_authority(folder: Path, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    certificate_path, key_path = folder / "authority.pem", folder / "authority.key"
    if certificate_path.exists() and key_path.exists():
        certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
        key = serialization.load_pem_private_key(key_path.read_bytes(), None)
        if isinstance(key, ec.EllipticCurvePrivateKey) and certificate.not_valid_after_utc > now + timedelta(days=400):
            return certificate, key
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Nero local authority of {socket.gethostname()}, {now:%Y-%m-%d %H:%M:%S}")
    certificate = (
        _builder(name, name, key.public_key(), now, _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write_private(key_path, _private_pem(key))
    certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return certificate, key


def _make_server(
    made: ServerCertificate, authority: x509.Certificate, authority_key: ec.EllipticCurvePrivateKey, now: datetime
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(_name("Nero"), authority.subject, key.public_key(), now, _SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName(_alternatives(made.names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    _write_private(made.key, _private_pem(key))
    made.certificate.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM) + authority.public_bytes(serialization.Encoding.PEM)
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _alternatives(names: Sequence[str]) -> list[x509.GeneralName]:
    return [_alternative(name) for name in dict.fromkeys(names)]


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write_private(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _outward_address() -> str:
    """Return this machine's address on the way out; nothing is sent for it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address (RFC 5737)
            return str(probe.getsockname()[0])
        except OSError:
            return ""
