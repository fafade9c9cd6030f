"""Rules on listeners, for Gateway and ListenerSet alike.

Knows which fields go with which of the spec's protocols. Must not know which protocols are
supported: one that is not named here passes, and status answers it.
"""

from collections.abc import Sequence

from portway.core.api.listener import Listener
from portway.core.api.validate.filters import FILTER_RULES
from portway.core.api.validate.http_filter import check_auth
from portway.core.api.validate.rule import Report, Violation, Violations, repeated, rule


@rule("listener-tls-forbidden", "remove tls, or use protocol HTTPS or TLS")
def tls_forbidden(listener: Listener) -> Violations:
    """These protocols carry no TLS."""
    if listener.protocol in ("HTTP", "TCP", "UDP") and listener.tls is not None:
        return (Violation(".tls", f"does not go with protocol {listener.protocol}"),)
    return ()


@rule("listener-tls-terminate", "use mode Terminate, or protocol TLS")
def tls_terminate(listener: Listener) -> Violations:
    """HTTP inside TLS can be routed only after decryption."""
    if listener.protocol == "HTTPS" and listener.tls and listener.tls.mode != "Terminate":
        return (Violation(".tls.mode", f"is {listener.tls.mode} for protocol HTTPS"),)
    return ()


@rule("listener-tls-required", "add tls with mode Terminate or Passthrough")
def tls_required(listener: Listener) -> Violations:
    """A TLS listener either decrypts or does not; there is no sensible guess."""
    if listener.protocol == "TLS" and listener.tls is None:
        return (Violation(".tls", "is missing for protocol TLS"),)
    return ()


@rule("listener-certificates-required", "add certificateRefs (or options), or use Passthrough")
def certificates_required(listener: Listener) -> Violations:
    """Decryption needs a certificate."""
    tls = listener.tls
    if tls and tls.mode == "Terminate" and not tls.certificate_refs and not tls.options:
        return (Violation(".tls.certificateRefs", "is missing for mode Terminate"),)
    return ()


@rule("listener-hostname-forbidden", "remove hostname")
def hostname_forbidden(listener: Listener) -> Violations:
    """These protocols name no host."""
    if listener.protocol in ("TCP", "UDP") and listener.hostname:
        return (Violation(".hostname", f"does not go with protocol {listener.protocol}"),)
    return ()


@rule("listener-filters-forbidden", "remove filters, or use protocol HTTP or HTTPS")
def filters_forbidden(listener: Listener) -> Violations:
    """These protocols have no requests to look at (GEP-5224)."""
    if listener.protocol not in ("HTTP", "HTTPS") and listener.filters.requests:
        return (Violation(".filters", f"does not go with protocol {listener.protocol}"),)
    return ()


@rule("listener-name-unique", "give each listener its own name")
def names_unique(listeners: Sequence[Listener]) -> Violations:
    """Routes refer to listeners by name."""
    return repeated([each.name for each in listeners], "", ".name")


@rule("listener-unique", "change port, protocol or hostname, or merge the two listeners")
def places_unique(listeners: Sequence[Listener]) -> Violations:
    """Two listeners at one place could not be told apart."""
    return repeated([(each.port, each.protocol, each.hostname) for each in listeners], "")


LISTENER_RULES = (
    tls_forbidden,
    tls_terminate,
    tls_required,
    certificates_required,
    hostname_forbidden,
    filters_forbidden,
)
LISTENER_LIST_RULES = (names_unique, places_unique)
RULES = (*LISTENER_RULES, *LISTENER_LIST_RULES)


def check_listeners(listeners: Sequence[Listener], report: Report) -> None:
    """Every rule of the listeners of a Gateway or ListenerSet."""
    report.apply(LISTENER_LIST_RULES, listeners, "spec.listeners")
    for index, listener in enumerate(listeners):
        report.apply(LISTENER_RULES, listener, f"spec.listeners[{index}]")
        for number, each in enumerate(listener.filters.requests):
            path = f"spec.listeners[{index}].filters.requests[{number}]"
            report.apply(FILTER_RULES, each, path)
            if each.external_auth is not None:
                check_auth(each.external_auth, f"{path}.externalAuth", report)
