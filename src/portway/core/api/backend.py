"""Backend (portway.dev/v1alpha1): endpoints that no cluster knows.

Knows the shape of our own kind. Must not know how an address is dialled. A route names it in a
backendRef (group portway.dev, kind Backend, no port: each endpoint has its own), and a
ReferenceGrant is needed across namespaces as for a Service.

    apiVersion: portway.dev/v1alpha1
    kind: Backend
    metadata: {name: app, namespace: default}
    spec:
      appProtocol: kubernetes.io/h2c      # optional; unset means HTTP/1.1, HTTP/2 for GRPCRoute
      endpoints:                          # 1 to 64, balanced equally
      - ip: {address: 127.0.0.1, port: 3000}
      - hostname: {name: app.internal, port: 8080}

An endpoint has exactly one member, so that adding a way to reach a backend later is adding a
member. ``unix: {path: /run/app.sock}`` is the third; it cannot stand in one list with host names,
because a list with names is resolved again and again while a socket has no name to resolve.
"""

from typing import Annotated, ClassVar

from msgspec import Meta

from portway.core.api.fields import AppProtocol, Port, PreciseHostname, UnixPath
from portway.core.api.meta import Resource, Value

PORTWAY_GROUP = "portway.dev"


class BackendIP(Value, frozen=True, kw_only=True):
    """An IPv4 or IPv6 address, without brackets or zone, and a port."""

    address: str
    port: Port


class BackendHostname(Value, frozen=True, kw_only=True):
    """A DNS name, resolved while the proxy runs, and a port."""

    name: PreciseHostname
    port: Port


class BackendUnix(Value, frozen=True, kw_only=True):
    """The path of a stream socket on the proxy's machine."""

    path: UnixPath


class BackendEndpoint(Value, frozen=True, kw_only=True):
    """Exactly one of the members is set."""

    ip: BackendIP | None = None
    hostname: BackendHostname | None = None
    unix: BackendUnix | None = None


class BackendSpec(Value, frozen=True, kw_only=True):
    """Where the backend is and what it speaks."""

    endpoints: Annotated[tuple[BackendEndpoint, ...], Meta(min_length=1, max_length=64)]
    app_protocol: AppProtocol = ""


class Backend(Resource, frozen=True, kw_only=True):
    """A backend without a Service."""

    api_version: ClassVar[str] = "portway.dev/v1alpha1"
    kind: ClassVar[str] = "Backend"

    spec: BackendSpec
