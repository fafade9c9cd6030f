"""Sets of authorities: ConfigMaps and ClusterTrustBundles with CA certificates, and those that the
machine itself trusts.

Knows where in an object they are, and that what the proxy refused is replaced by what
worked. Must not know who relies on them, nor X.509 (see `bundle`). There is no clock below the
wall, so an expired one is not refused: its end is a field of the result.
"""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, TypeAlias

from portway.core import api, model
from portway.core.translate.reference import (
    Cause,
    Referrer,
    Target,
    Unresolved,
    resolve_ref,
)
from portway.core.translate.world import World

ENTRY = "ca.crt"

Holder: TypeAlias = api.ConfigMap | api.ClusterTrustBundle
"""What CA certificates can be kept in."""

_BUNDLE: Final = api.GroupKind(api.CERTIFICATES_GROUP, "ClusterTrustBundle")


class Authorities(NamedTuple):
    """The CA certificates of one object; `expires` is when the first of them ends (RFC 3339)."""

    pem: bytes
    expires: str


class Usable(NamedTuple):
    """What can be had of an object. `pem` is empty when there is nothing; `problem` says what is
    wrong, if anything is: an earlier version may be in use even so."""

    pem: bytes = b""
    problem: str = ""


class Named(NamedTuple):
    """Where a reference to authorities leads.

    `key` is the object it names, None when it may name none there; `good` tells whether
    certificates can be had of it. `problem` is in words; `cause` is None when the object is
    there and its content is the problem.
    """

    key: model.ObjectKey | None
    good: bool
    problem: str = ""
    cause: Cause | None = None


def named(referrer: Referrer, target: Target, world: World) -> Named:
    """Follows a reference to CA certificates. A ClusterTrustBundle is in no namespace, so nobody is
    asked for a grant (GEP-5075)."""
    kinds: dict[api.GroupKind, Callable[[str, str], Holder | None]] = {
        api.GroupKind("", "ConfigMap"): world.config_map
    }
    if world.serves(_BUNDLE.kind):
        kinds[_BUNDLE] = lambda _, name: world.cluster_trust_bundle(name)
    if (target.group, target.kind) == _BUNDLE:
        target = target._replace(namespace="")
    key = model.ObjectKey(target.kind, target.namespace, target.name)
    found: Holder | Unresolved = resolve_ref(referrer, target, kinds, world)
    if isinstance(found, Unresolved):
        there = key if found.cause is Cause.MISSING else None
        return Named(there, False, found.message, found.cause)
    read = usable(found, world)
    problem = f"{referrer}: {read.problem}" if read.problem else ""
    return Named(key, bool(read.pem), problem)


def read_authorities(holder: Holder) -> Authorities | str:
    """The CA certificates of an object, or what is wrong with it and what to do, in words."""
    where, field, text = key_of(holder), *_kept(holder)
    if not text.strip():
        return f"{where} has no {field}; store the CA certificates there, in PEM."
    # Not before there is a certificate to read: see its first lines.
    from portway.core.translate import bundle

    read = bundle.read(text)
    if isinstance(read, str):
        return f"{where}: {field} {read}."
    return Authorities(read.pem, read.expires)


def key_of(holder: Holder) -> model.ObjectKey:
    """Which object it is."""
    return model.ObjectKey(holder.kind, holder.namespace, holder.name)


def _kept(holder: Holder) -> tuple[str, bytes]:
    """The field and what is in it."""
    if isinstance(holder, api.ClusterTrustBundle):
        return "spec.trustBundle", holder.spec.trust_bundle.encode()
    return ENTRY, holder.data.get(ENTRY, "").encode() or holder.binary_data.get(ENTRY, b"")


def holder_of(key: model.ObjectKey, world: World) -> Holder | None:
    """The object that a part of a set is kept in."""
    if key.kind == _BUNDLE.kind:
        return world.cluster_trust_bundle(key.name)
    return world.config_map(key.namespace, key.name)


def usable(holder: Holder, world: World) -> Usable:
    """What the proxy can be told of an object: the version before it, if it refused this one."""
    key = key_of(holder)
    refused = world.refused(key)
    if refused is None:
        read = read_authorities(holder)
        return Usable(problem=read) if isinstance(read, str) else Usable(read.pem)
    earlier = refused.instead if isinstance(refused.instead, Holder) else None
    read = "" if earlier is None else read_authorities(earlier)
    pem = b"" if isinstance(read, str) else read.pem
    return Usable(pem, _refused(key, refused.words, served=bool(pem)))


def trust(key: model.TrustKey, world: World) -> model.Trust | None:
    """The certificates of a set, without those that are missing or cannot be used; None when there
    are none."""
    if not key.authorities:
        file = world.system_authorities
        return model.Trust(key, file=file) if file else None
    pem = b"".join(_of(key.authorities, world))
    return model.Trust(key, pem) if pem else None


def _of(keys: Iterable[model.ObjectKey], world: World) -> Iterable[bytes]:
    for each in keys:
        found = holder_of(each, world)
        if found is not None:
            yield usable(found, world).pem


def _refused(key: model.ObjectKey, words: str, *, served: bool) -> str:
    """A suspect is not called refused before it is known to be the one."""
    if not words:
        return ""
    message = f"{key} was refused by the proxy: {words.strip()}"
    return f"{message} (the version before it is still used)." if served else f"{message}."
