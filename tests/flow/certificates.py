"""Certificates for tests: an authority of our own, and what it signs, good or bad as told."""

import datetime
import functools
import ipaddress
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


@functools.cache
def pair(_):
    """One for each name, since it does not matter whose it is."""
    return ec.generate_private_key(ec.SECP256R1())


def name_of(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def sort_of(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def build(subject, key, issuer, issuer_key, days, *extensions):
    """`days`: (first, last), counted from today."""
    today = datetime.datetime.utcnow()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(subject))
        .issuer_name(name_of(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today + days[0] * DAY)
        .not_valid_after(today + days[1] * DAY)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, hashes.SHA256())


class Authority:
    """Signs certificates; `file` is what a client trusts."""

    def __init__(self, folder, name="authority of the tests"):
        self.folder, self.name, self.key = folder, name, pair(name)
        basic = (x509.BasicConstraints(ca=True, path_length=0), True)
        self.certificate = build(name, self.key, name, self.key, (-10, 10), basic)
        self.file = folder / f"{name.replace(' ', '-')}.pem"
        self.file.write_bytes(pem(self.certificate))

    def server(self, *names, days=(-1, 1)):
        """The context of a server whose certificate is for these names and addresses."""
        key = pair("server")
        alternatives = x509.SubjectAlternativeName([sort_of(name) for name in names])
        certificate = build(names[0], key, self.name, self.key, days, (alternatives, False))
        file = self.folder / "server.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file.write_bytes(private + pem(certificate))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context
