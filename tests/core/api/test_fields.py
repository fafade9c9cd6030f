"""The lexical rules of single values, each with what it lets through and what it refuses."""

from typing import Any

import msgspec
import pytest

from portway.core.api import fields

_VALUES: dict[str, tuple[list[Any], list[Any]]] = {
    "Port": ([1, 65535], [0, 65536, True, "80", 1.5]),
    "Weight": ([0, 1_000_000], [-1, 1_000_001]),
    "ObjectName": (["Any_thing", "a" * 253], ["", "a" * 254]),
    "SubdomainName": (["a", "a.b-c.0"], ["", "A", "-a", "a-", "a..b", ".a", "a_b", "a\n", "é"]),
    "NamespaceName": (["a", "a-b", "a" * 63], ["", "a.b", "a" * 64, "a\n"]),
    "OwnNamespace": (["", "a"], ["a.b", "A"]),
    "Group": (["", "gateway.networking.k8s.io"], ["a/v1", "A", "\n"]),
    "KindName": (["Service", "a-B", "x"], ["", "1a", "a-", "a.b", "A\n"]),
    "Hostname": (["a", "a.b", "*.a.b", "10.0.0.1"], ["*", "*a.b", "a.*.b", "a.b.", "A.b", "a:80"]),
    "PreciseHostname": (["a", "a.b"], ["*.a", "", "a.b."]),
    "HeaderName": (["X-A", "a`|~"], ["", "a b", "a:b", "é", "a\n", "a" * 257]),
    "HeaderValue": (["a", "a b\tc"], ["", " a", "a ", "a  b", "a\r\nb: c", "é", "a\0", "a\n"]),
    "URLPath": (["/a%20b", "a"], ["", "/a b", "/a?b", "/%g0", "/a\n"]),
    "Duration": (["0s", "1h2m3s4ms", "99999h"], ["", "1", "1.5s", "100000s", "1s2s3s4s5s", "1s\n"]),
    "ControllerName": (["a.b/c", "portway.dev/gateway-controller"], ["", "a", "/a", "a/", "A/b"]),
    "ProtocolType": (["HTTP", "INVALID", "a.b/c"], ["", "a b", "a/b/", "HTTP\n"]),
    "AddressType": (["IPAddress", "Hostname", "NamedAddress", "a.b/c"], ["", "Other", "a b"]),
    "CORSOrigin": (
        ["*", "http://a", "https://*.a.b:8443", "http://*", "http://*:80", "http://10.0.0.1"],
        ["", "a", "ftp://a", "http://a/", "http://a:123456", "http://a*", "http://a\n"],
    ),
    "SubjectURI": (["spiffe://a/b", "a://"], ["", "a", "mailto:a", "//a", "/a"]),
    "WellKnownCACertificates": (["System", "a.b/C_d"], ["", "system", "a.b", "a.b/", "System\n"]),
    "LabelKey": (
        ["a", "A_b.c-D", "a.b/c"],
        ["", "a/", "/a", "a/b/c", "A/b", "-a", "a" * 64, "a\n"],
    ),
    "LabelValue": (["", "a", "A_b.c-D"], ["-a", "a-", "a b", "a" * 64, "\n"]),
    "AnnotationKey": (["a", "A.b/c"], ["", "a/b/c", "a b", "\u212a.b/c"]),
    "DataKey": (["tls.crt", ".a", "_A-1"], ["", ".", "..", "..a", "a/b", "a b", "a\n"]),
    "PortName": (["", "http", "a-1"], ["A", "-a", "a_b"]),
    "TargetPortName": (["http", "1a"], ["", "1", "a--b", "A", "a" * 16]),
    "AppProtocol": (["http", "kubernetes.io/h2c", "HTTP"], ["", "a b", "a/b/c"]),
    "UnixPath": (["/run/a.sock", "/a b"], ["", "/", "a", "/a\0b", "/a\nb", "/" + "a" * 107]),
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, (good, _) in _VALUES.items() for value in good]
)
def test_what_a_type_lets_through(name: str, value: Any) -> None:
    assert msgspec.convert(value, getattr(fields, name)) == value


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, (_, bad) in _VALUES.items() for value in bad]
)
def test_what_a_type_refuses(name: str, value: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(value, getattr(fields, name))
