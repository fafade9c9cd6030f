"""The delta xDS protocol, without a socket: requests in, responses out.

    resource       Resource, Removed, ResourceSet: what all proxies should hold
    division       what of all that is for whom, where each proxy has an owner
    fleet          what the proxies of an owner have acknowledged together
    fleets         the same with those of other control planes
    message        Request, Response, Ack, Nack: what goes over one stream
    order          push order, and which reference holds what back
    subscription   the books of one type on one stream
    references     who needs whom on one stream, and who waits
    stream         the protocol itself
    snapshot       everything an owner's proxies hold, as bytes that can be kept
    splice         encoded bytes put together without parsing

A Stream is one proxy's connection. The caller converts messages and awaits; the stream decides.
It knows names, versions and references; it must not know what a resource means, nor any clock.
"""

from portway.core.delta.division import Division
from portway.core.delta.fleet import Fleet, News
from portway.core.delta.fleets import Fleets, Report, Taken
from portway.core.delta.message import Ack, Nack, Outcome, Request, Response
from portway.core.delta.order import (
    CDS,
    EDS,
    LDS,
    PUSH_ORDER,
    RDS,
    SDS,
    SRDS,
    VHDS,
    WILDCARD_TYPES,
)
from portway.core.delta.resource import Key, Removed, Resource, ResourceSet
from portway.core.delta.snapshot import Snapshot, SnapshotError, digest, pack, unpack
from portway.core.delta.splice import field, join, version
from portway.core.delta.stream import Stream

__all__ = [
    "CDS",
    "EDS",
    "LDS",
    "PUSH_ORDER",
    "RDS",
    "SDS",
    "SRDS",
    "VHDS",
    "WILDCARD_TYPES",
    "Ack",
    "Division",
    "Fleet",
    "Fleets",
    "Key",
    "Nack",
    "News",
    "Outcome",
    "Removed",
    "Report",
    "Request",
    "Resource",
    "ResourceSet",
    "Response",
    "Snapshot",
    "SnapshotError",
    "Stream",
    "Taken",
    "digest",
    "field",
    "join",
    "pack",
    "unpack",
    "version",
]
