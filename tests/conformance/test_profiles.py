"""Which profiles a GatewayClass stands for."""

from tests.conformance.profiles import PROFILES, claimed, not_claimed


def test_a_profile_for_each_kind_of_route_that_is_claimed() -> None:
    assert claimed(["Gateway", "HTTPRoute", "HTTPRouteCORS", "UDPRoute"]) == [
        "GATEWAY-HTTP",
        "GATEWAY-UDP",
    ]
    assert claimed(PROFILES.values()) == list(PROFILES)


def test_the_others_are_named() -> None:
    found = not_claimed(["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute"])
    assert found == ["not run: GATEWAY-UDP, since the GatewayClass does not claim UDPRoute"]
