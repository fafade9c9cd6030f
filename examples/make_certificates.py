"""Certificates for an example: one command, private keys that never leave the machine.

    python examples/make_certificates.py examples/runai-host-mode

Knows Gateways enough to see which Secret each HTTPS listener names and for which host. Must not
know what the example shows. Writes `certificates.generated.yaml` (Secrets of type
kubernetes.io/tls) and `ca.generated.crt` (what a client must trust) into the folder. Both are new
at every run: run it again beside a running Portway to see certificates being rotated.
"""

import argparse
import base64
import datetime
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SECRETS, AUTHORITY = "certificates.generated.yaml", "ca.generated.crt"
VALID = datetime.timedelta(days=30)
Documents = list[Mapping[str, Any]]


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description="Make the certificates an example needs.")
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(arguments).folder
    names = wanted(read(folder))
    if not names:
        print(f"{folder}: no listener names a certificate, nothing to make", file=sys.stderr)
        return 1
    make(folder, names)
    print(f"wrote {folder / SECRETS} and {folder / AUTHORITY}")
    for (namespace, name), hosts in names.items():
        print(f"  Secret {namespace}/{name}: {', '.join(hosts)}")
    return 0


def read(folder: Path) -> Documents:
    """Every object in the folder's manifests, what was generated left out."""
    found: Documents = []
    for file in sorted(folder.glob("*.yaml")):
        if file.name != SECRETS:
            loaded = yaml.safe_load_all(file.read_text(encoding="utf-8"))
            found += [document for document in loaded if document]
    return found


def wanted(documents: Documents) -> dict[tuple[str, str], list[str]]:
    """(namespace, Secret) to the hosts its certificate must cover.

    A listener without a hostname serves every host of the routes, so its certificate covers those,
    and localhost.
    """
    routed = sorted(
        {host for each in documents for host in each.get("spec", {}).get("hostnames") or ()}
    )
    names: dict[tuple[str, str], list[str]] = {}
    for gateway in documents:
        if gateway.get("kind") == "Gateway":
            for key, hostname in _references(gateway):
                hosts = names.setdefault(key, [])
                fresh = [hostname] if hostname else ["localhost", "127.0.0.1", *routed]
                hosts += [host for host in fresh if host not in hosts]
    return names


def make(folder: Path, names: Mapping[tuple[str, str], list[str]]) -> None:
    """Writes the Secrets and the authority's certificate."""
    authority = _authority()
    secrets = [
        _secret(namespace, name, _issue(hosts, authority))
        for (namespace, name), hosts in names.items()
    ]
    path = folder / SECRETS
    fresh = folder / f".{SECRETS}.fresh"  # A hidden name is no manifest; it is shown when whole.
    fresh.touch(mode=0o600)
    fresh.write_text(yaml.safe_dump_all(secrets, sort_keys=False), encoding="utf-8")
    (folder / AUTHORITY).write_bytes(authority.certificate_pem)
    fresh.replace(path)


def _references(gateway: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
    own = gateway["metadata"].get("namespace", "default")
    for listener in gateway["spec"]["listeners"]:
        for reference in (listener.get("tls") or {}).get("certificateRefs") or ():
            key = (reference.get("namespace", own), reference["name"])
            yield key, listener.get("hostname", "")


def _secret(namespace: str, name: str, pair: Pair) -> dict[str, Any]:
    data = {"tls.crt": pair.certificate_pem, "tls.key": pair.key_pem}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "type": "kubernetes.io/tls",
        "data": {field: base64.b64encode(pem).decode() for field, pem in data.items()},
    }


def _authority() -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Portway examples")])
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    builder = (
        _builder(name, name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Pair(builder.sign(key, hashes.SHA256()), key)


def _issue(hosts: list[str], authority: Pair) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    # The names are in the extension; a common name holds 64 characters at most.
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = (
        _builder(subject, authority.certificate.subject, key)
        .add_extension(x509.SubjectAlternativeName([_general(h) for h in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(issuer, critical=False)
    )
    return Pair(builder.sign(authority.key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + VALID)
    )


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


if __name__ == "__main__":
    sys.exit(main())
