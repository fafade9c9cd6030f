"""The echo shows a request exactly as it came."""

from starlette.requests import Request

from portway.app.sample.echo import Identity, echo, page

WEB = Identity("shop", "web", "web-abc-1")


def request(**scope: object) -> Request:
    base = {
        "type": "http",
        "http_version": "1.1",
        "method": "PUT",
        "path": "/a b",
        "raw_path": b"/a%20b//c",
        "query_string": b"q=%2F&q=2",
        "headers": [
            (b"host", b"Example.COM:8080"),
            (b"x-one", b"1"),
            (b"x-two", b"a"),
            (b"x-two", b"b"),
        ],
        "server": ("127.0.0.1", 3000),
    }
    return Request({**base, **scope})


def test_path_is_the_target_as_sent() -> None:
    assert echo(request(), WEB)["path"] == "/a%20b//c?q=%2F&q=2"
    assert echo(request(query_string=b""), WEB)["path"] == "/a%20b//c"


def test_headers_keep_every_value_and_leave_host_to_its_own_field() -> None:
    answer = echo(request(), WEB)
    assert answer["headers"] == {"x-one": ["1"], "x-two": ["a", "b"]}
    assert answer["host"] == "Example.COM:8080"


def test_it_says_who_answers_and_how_it_was_asked() -> None:
    answer = echo(request(), WEB)
    names = (answer["namespace"], answer["service"], answer["pod"])
    assert names == ("shop", "web", "web-abc-1")
    assert (answer["method"], answer["proto"]) == ("PUT", "HTTP/1.1")


def test_page_names_server_host_and_target() -> None:
    lines = page(request(), WEB).splitlines()
    assert lines[:2] == ["Server address: 127.0.0.1:3000", "Server name: web-abc-1"]
    assert lines[-1] == "URI: /a%20b//c?q=%2F&q=2"
