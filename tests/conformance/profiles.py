"""Which profiles of the suite a GatewayClass stands for.

Knows the profiles and the core feature each is about. Must not know how they are run. Claiming a
kind of route is claiming its profile; a kind nobody claims is not tested, and that is said.
"""

from collections.abc import Iterable
from typing import Final

PROFILES: Final = {
    "GATEWAY-HTTP": "HTTPRoute",
    "GATEWAY-GRPC": "GRPCRoute",
    "GATEWAY-TLS": "TLSRoute",
    "GATEWAY-TCP": "TCPRoute",
    "GATEWAY-UDP": "UDPRoute",
}
"""Each with the feature that makes it."""


def claimed(features: Iterable[str]) -> list[str]:
    """The profiles that follow from the features of a class."""
    have = frozenset(features)
    return [profile for profile, feature in PROFILES.items() if feature in have]


def not_claimed(features: Iterable[str]) -> list[str]:
    """A line for each profile that does not follow."""
    have = frozenset(features)
    return [
        f"not run: {profile}, since the GatewayClass does not claim {feature}"
        for profile, feature in PROFILES.items()
        if feature not in have
    ]
