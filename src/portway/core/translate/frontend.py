"""What a Gateway demands of its clients: certificates of their own (GEP-91).

Knows `spec.tls.frontend`. Must not know what a listener is made of. A listener that demands
something of clients which we cannot check is never served without the check.
"""

from portway.core import api, model


def client_validation(gateway: api.Gateway, spec: api.Listener) -> tuple[model.Finding, ...]:
    """Serving without the check would let everybody in (GEP-91): the listener is not accepted, and
    its host name still belongs to it."""
    if _frontend(gateway, spec.port) is None:
        return ()
    key = model.ObjectKey("Gateway", gateway.namespace, gateway.name)
    message = (
        f"{key}, listener {spec.name}: the Gateway's tls.frontend demands client certificates on "
        f"port {spec.port}, which Portway does not validate yet; the listener is not served rather "
        "than served to everybody. Remove the validation, or exempt the port with a perPort entry."
    )
    return (model.Finding(key, spec.name, "Accepted", "UnsupportedValue", message),)


def _frontend(gateway: api.Gateway, port: int) -> api.FrontendTLSValidation | None:
    """How clients of a port are validated; an entry for the port replaces the default whole."""
    frontend = gateway.spec.tls.frontend if gateway.spec.tls else None
    if frontend is None:
        return None
    config = next((each.tls for each in frontend.per_port if each.port == port), frontend.default)
    return config.validation
