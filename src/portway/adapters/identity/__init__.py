"""Who is who between the control plane and its proxies: certificates of an authority of our own.

    name      what a Gateway's proxies and the control plane are called in certificates
    signing   authorities, and the certificates they sign
    keyring   the authority there is, the one that follows it, and whom one trusts meanwhile
    context   what the control plane shows and asks for in a handshake
    visitor   the same of a proxy

Knows X.509 and TLS. Must not know where any of it is kept, nor what time it is: that is passed in.
"""

from portway.adapters.identity.context import Door
from portway.adapters.identity.keyring import Keyring, KeyringError
from portway.adapters.identity.name import gateway_name, gateway_of
from portway.adapters.identity.signing import KeyPair
from portway.adapters.identity.visitor import Visitor, VisitorError

__all__ = [
    "Door",
    "KeyPair",
    "Keyring",
    "KeyringError",
    "Visitor",
    "VisitorError",
    "gateway_name",
    "gateway_of",
]
