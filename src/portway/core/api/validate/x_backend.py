"""Rules on XBackend.

Knows which members go together. Must not know how a backend is dialled.
"""

from collections.abc import Iterator

from portway.core.api.validate.address import ip_version
from portway.core.api.validate.backend_tls_policy import SUBJECT_RULES, VALIDATION_RULES
from portway.core.api.validate.rule import Report, Violation, Violations, rule
from portway.core.api.x_backend import (
    XBackend,
    XBackendHostname,
    XBackendPort,
    XBackendSpec,
    XBackendTLS,
)

_OVER_TLS = ("HTTP2", "WSS")


@rule("x-backend-member", "add externalHostname")
def member(spec: XBackendSpec) -> Violations:
    """The union is discriminated by ``type``."""
    return () if spec.external_hostname else (Violation(".externalHostname", "is missing"),)


@rule("x-backend-tls-protocol", "give tls the mode that the protocol needs, or leave protocol out")
def tls_fits(spec: XBackendSpec) -> Iterator[Violation]:
    """H2C is HTTP/2 without TLS; HTTP2 and WSS are never without it."""
    encrypted = spec.tls is not None and spec.tls.mode != "None"
    if spec.protocol == "H2C" and encrypted:
        yield Violation(".protocol", "H2C is never spoken over TLS; HTTP2 is")
    if spec.protocol in _OVER_TLS and not encrypted:
        yield Violation(".protocol", f"{spec.protocol} is spoken over TLS only")


@rule("x-backend-port-one", "write port.port, or port.number, not both")
def port_one(port: XBackendPort) -> Violations:
    """Two spellings of two releases."""
    count = (port.port is not None) + (port.number is not None)
    return () if count == 1 else (Violation("", f"has {count} of port and number"),)


@rule("x-backend-hostname", "write a host name that a name server outside the cluster knows")
def hostname(external: XBackendHostname) -> Iterator[Violation]:
    """Addresses, and names of Services, are no external host names."""
    if ip_version(external.hostname):
        yield Violation(".hostname", "is an IP address")
    if external.hostname.endswith(".cluster.local"):
        yield Violation(".hostname", "ends with .cluster.local")


@rule("x-backend-client-certificate", "set clientCertificateRef with mode ClientAndServer, only")
def client_certificate(tls: XBackendTLS) -> Violations:
    """A certificate that is never shown, or the lack of one that is to be."""
    wanted = tls.mode == "ClientAndServer"
    if wanted == (tls.client_certificate_ref is not None):
        return ()
    words = "is missing" if wanted else f"does not belong to mode {tls.mode}"
    return (Violation(".clientCertificateRef", words),)


@rule("x-backend-validation", "set validation unless mode is None")
def validation(tls: XBackendTLS) -> Violations:
    """TLS that verifies nobody is no TLS."""
    wanted = tls.mode != "None"
    if wanted == (tls.validation is not None):
        return ()
    words = "is missing" if wanted else "does not belong to mode None"
    return (Violation(".validation", words),)


SPEC_RULES = (member, tls_fits)
PORT_RULES = (port_one,)
HOSTNAME_RULES = (hostname,)
TLS_RULES = (client_certificate, validation)
RULES = (*SPEC_RULES, *PORT_RULES, *HOSTNAME_RULES, *TLS_RULES)


def check_x_backend(backend: XBackend, version: str, report: Report) -> None:
    """Every rule of an XBackend."""
    spec = backend.spec
    report.apply(SPEC_RULES, spec, "spec")
    report.apply(PORT_RULES, spec.port, "spec.port")
    if spec.external_hostname is not None:
        report.apply(HOSTNAME_RULES, spec.external_hostname, "spec.externalHostname")
    if spec.tls is None:
        return
    report.apply(TLS_RULES, spec.tls, "spec.tls")
    if spec.tls.validation is not None:
        path = "spec.tls.validation"
        report.apply(VALIDATION_RULES, spec.tls.validation, path)
        for index, subject in enumerate(spec.tls.validation.subject_alt_names):
            report.apply(SUBJECT_RULES, subject, f"{path}.subjectAltNames[{index}]")
