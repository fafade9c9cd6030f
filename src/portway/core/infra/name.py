"""How the things made for a Gateway are called, and by which labels they are found (GEP-1762).

Knows what Kubernetes allows in names and labels. A name that does not fit, as a Gateway's may be
longer than a Service's, is cut and told apart by a hash.
"""

import hashlib
import re

GATEWAY_LABEL = "gateway.networking.k8s.io/gateway-name"
CLASS_LABEL = "gateway.networking.k8s.io/gateway-class-name"

MANAGED_LABEL = "portway.dev/managed-by"
"""Of everything that a controller has made in a cluster: its name, as a label's value."""

_LONGEST = 63  # of a Service's name and of a label's value
_HASH = 8
# A Service is a name in DNS (RFC 1035): it begins with a letter and has no dots.
_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")


def generated_name(gateway: str, gateway_class: str) -> str:
    """`<gateway>-<class>`, or what is left of it with a hash where that is no Service's name."""
    wanted = f"{gateway}-{gateway_class}"
    if len(wanted) <= _LONGEST and _SERVICE.fullmatch(wanted):
        return wanted
    plain = re.sub(r"[^a-z0-9]+", "-", wanted)
    return _cut(plain if plain[0].isalpha() else f"gw-{plain}", wanted)


def label_value(text: str) -> str:
    """The text as a label's value, with a hash where it is too long for one."""
    return text if len(text) <= _LONGEST else _cut(text, text)


def managed_by(controller: str) -> str:
    """The value of `MANAGED_LABEL`: `portway.dev.gateway-controller`."""
    return label_value(re.sub(r"[^-A-Za-z0-9_.]", ".", controller))


def _cut(text: str, whole: str) -> str:
    mark = hashlib.sha256(whole.encode()).hexdigest()[:_HASH]
    return f"{text[: _LONGEST - _HASH - 1].rstrip('-._')}-{mark}"
