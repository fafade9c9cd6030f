"""The names of ports, by which others look for them."""

from portway.core.infra.ports import service_ports
from tests.core.infra.gateways import port


def test_the_first_of_http_and_https_have_the_names_that_are_looked_for() -> None:
    given = [port(8443, "HTTPS"), port(8080), port(80, bound=10080), port(9443, "HTTPS")]
    found = {each["name"]: each for each in service_ports(given)}
    assert sorted(found) == ["http-8080", "http2", "https", "https-9443"]
    assert (found["http2"]["port"], found["http2"]["targetPort"]) == (80, 10080)
    assert found["https"]["port"] == 8443


def test_a_number_of_both_transports_is_two_ports() -> None:
    found = service_ports([port(53, "TCP"), port(53, "UDP")])
    assert [(each["name"], each["protocol"]) for each in found] == [
        ("tcp-53", "TCP"),
        ("udp-53", "UDP"),
    ]
