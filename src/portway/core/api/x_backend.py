"""XBackend (experimental channel): a backend outside the cluster, with what is spoken to it.

Knows the shape, of release 1.6 and of the development branch after it, which renames the port's
number. Must not know who sends there. The branch's second type (EndpointSelector) is not among
what is read: no release has it.
"""

from typing import ClassVar, Literal

from portway.core.api.backend_tls_policy import BackendTLSPolicyValidation
from portway.core.api.fields import Port, PreciseHostname
from portway.core.api.meta import Resource, Value
from portway.core.api.reference import SecretObjectReference

EXPERIMENTAL_GROUP = "gateway.networking.x-k8s.io"


class XBackendPort(Value, frozen=True, kw_only=True):
    """``port`` in release 1.6, ``number`` after it; exactly one of them. Read ``value``."""

    NOT_DECODED: ClassVar[frozenset[str]] = frozenset({"name"})

    port: Port | None = None
    number: Port | None = None

    @property
    def value(self) -> int:
        """The port."""
        return self.port or self.number or 0


class XBackendHostname(Value, frozen=True, kw_only=True):
    """The name of a host, resolved while the proxy runs."""

    hostname: PreciseHostname


class XBackendTLS(Value, frozen=True, kw_only=True):
    """Whether TLS is spoken, what the backend's certificate is held against, and the one that it is
    shown."""

    mode: Literal["None", "ServerOnly", "ClientAndServer"]
    validation: BackendTLSPolicyValidation | None = None
    client_certificate_ref: SecretObjectReference | None = None


class XBackendSpec(Value, frozen=True, kw_only=True):
    """Where the backend is and how it is spoken to; without ``protocol`` as the route says."""

    type: Literal["ExternalHostname"]
    external_hostname: XBackendHostname | None = None
    port: XBackendPort
    protocol: Literal["", "TCP", "HTTP", "HTTP2", "HTTP11", "H2C", "MCP", "GRPC", "WSS"] = ""
    tls: XBackendTLS | None = None


class XBackend(Resource, frozen=True, kw_only=True):
    """A backend that no cluster knows."""

    api_version: ClassVar[str] = "gateway.networking.x-k8s.io/v1alpha1"
    kind: ClassVar[str] = "XBackend"

    spec: XBackendSpec
