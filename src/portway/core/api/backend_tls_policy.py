"""BackendTLSPolicy: TLS from the gateway to a backend (GEP-1897).

Knows the shape. Must not know which of two policies wins.
"""

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from portway.core.api.fields import (
    Hostname,
    PreciseHostname,
    SubjectURI,
    TLSOptions,
    WellKnownCACertificates,
)
from portway.core.api.meta import Resource, Value
from portway.core.api.reference import LocalObjectReference, LocalPolicyTargetReference


class SubjectAltName(Value, frozen=True, kw_only=True):
    """A name the backend's certificate may carry; ``type`` says which member is set."""

    type: Literal["Hostname", "URI"]
    hostname: Hostname = ""
    uri: SubjectURI = ""


class BackendTLSPolicyValidation(Value, frozen=True, kw_only=True):
    """``hostname`` is the SNI and, without subject alternative names, the name verified."""

    ca_certificate_refs: Annotated[tuple[LocalObjectReference, ...], Meta(max_length=8)] = ()
    well_known_ca_certificates: WellKnownCACertificates = msgspec.field(
        name="wellKnownCACertificates", default=""
    )
    hostname: PreciseHostname
    subject_alt_names: Annotated[tuple[SubjectAltName, ...], Meta(max_length=5)] = ()


class BackendTLSPolicySpec(Value, frozen=True, kw_only=True):
    """Targets (a section name is a Service port name) and how they are verified."""

    target_refs: Annotated[
        tuple[LocalPolicyTargetReference, ...], Meta(min_length=1, max_length=16)
    ]
    validation: BackendTLSPolicyValidation
    options: TLSOptions = msgspec.field(default_factory=dict)


class BackendTLSPolicy(Resource, frozen=True, kw_only=True):
    """A direct policy on Services of its namespace."""

    api_version: ClassVar[str] = "gateway.networking.k8s.io/v1"
    kind: ClassVar[str] = "BackendTLSPolicy"

    spec: BackendTLSPolicySpec
