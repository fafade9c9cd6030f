"""A URL becomes the request a client such as curl would send."""

import pytest

from portway.core.explain.request import RequestError, from_url


def test_a_name_in_the_url_is_sni_and_host() -> None:
    request = from_url("GET", "https://App.example.com/a?b=1")
    assert (request.sni, request.host, request.port) == ("app.example.com", "app.example.com", 443)
    assert (request.path, request.query, request.address) == ("/a", "b=1", "")


def test_an_address_in_the_url_sends_no_sni_whatever_the_host_header_says() -> None:
    request = from_url("GET", "https://10.0.0.1/", ["Host: app.example.com"])
    assert (request.sni, request.host, request.address) == ("", "app.example.com", "10.0.0.1")


def test_a_host_header_leaves_sni_alone() -> None:
    request = from_url("GET", "https://a.example.com/", ["Host: b.example.com"])
    assert (request.sni, request.host) == ("a.example.com", "b.example.com")


def test_a_port_that_is_not_the_schemes_own_is_part_of_the_authority() -> None:
    assert from_url("GET", "a.example.com:8080/x").host == "a.example.com:8080"
    assert from_url("GET", "http://[::1]:8080/x").host == "[::1]:8080"


@pytest.mark.parametrize(
    ("url", "scheme", "port"), [("grpc://a", "http", 80), ("grpcs://a", "https", 443)]
)
def test_a_call_is_the_post_request_that_it_is_on_the_wire(
    url: str, scheme: str, port: int
) -> None:
    request = from_url("GET", f"{url}/shop.Cart/Get", ["Content-Type: text/html", "x-a: 1"])
    assert (request.scheme, request.port, request.method) == (scheme, port, "POST")
    assert request.path == "/shop.Cart/Get"
    assert request.headers == (("x-a", "1"), ("content-type", "application/grpc"))
    assert request.sni == ("a" if scheme == "https" else "")


@pytest.mark.parametrize(
    ("content", "grpc"),
    [
        ("application/grpc", True),
        ("application/grpc+proto", True),
        ("application/grpc-web", False),
        ("application/json", False),
    ],
)
def test_the_content_type_says_whether_it_is_grpc(content: str, grpc: bool) -> None:
    assert from_url("POST", "http://a/", [f"Content-Type: {content}"]).grpc is grpc
    assert not from_url("POST", "http://a/").grpc


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://a/", "only http, https, grpc, grpcs, tls, tcp, udp"),
        ("http:///x", "names no host"),
        ("http://a:port/", "is not a URL"),
    ],
)
def test_what_is_no_request_is_refused(url: str, words: str) -> None:
    with pytest.raises(RequestError, match=words):
        from_url("GET", url)


def test_a_header_needs_a_colon() -> None:
    with pytest.raises(RequestError, match="Name: value"):
        from_url("GET", "http://a/", ["oops"])
