"""What proxies are called in their certificates: one URI for each Gateway, in SPIFFE's form.

Knows the form of the name. A name is the whole of an identity: what a proxy says of itself besides
(its node id, its address) counts for nothing.
"""

import re

_PREFIX = "spiffe://portway.dev/gateway/"
# Names of objects: what Kubernetes allows in a namespace and in a Gateway's name.
_OWNER = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?/[a-z0-9]([-.a-z0-9]*[a-z0-9])?")


def gateway_name(owner: str) -> str:
    """The name of the proxies of a Gateway, given as `<namespace>/<name>`."""
    return _PREFIX + owner


def gateway_of(names: tuple[str, ...]) -> str | None:
    """The Gateway that a certificate with these names stands for, as `<namespace>/<name>`; None
    where it is not exactly one."""
    if len(names) != 1 or not names[0].startswith(_PREFIX):
        return None
    owner = names[0].removeprefix(_PREFIX)
    return owner if _OWNER.fullmatch(owner) else None
