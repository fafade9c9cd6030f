"""A try is one line a person can type, and knows what it has to show."""

import asyncio
import shlex
import shutil

import pytest

from portway.app.demo.tries import TRIES, Try
from portway.app.sample import Backends, SampleBackend


def test_the_line_is_a_curl_command_that_a_shell_takes_apart_again() -> None:
    one = Try("title", "a.example.com", "/it's", ("x",), ("X-A", "b c"), '{"a": "$b"}')
    words = shlex.split(one.line("127.0.0.1:80"))
    assert words[0] == "curl"
    assert "Host: a.example.com" in words
    assert "X-A: b c" in words
    assert '{"a": "$b"}' in words
    assert words[-1] == "http://127.0.0.1:80/it's"


def test_what_is_missing_is_named_without_regard_to_case() -> None:
    one = Try("title", "a", "/", ("HTTP/1.1 200", "x-served-by: a", "data:"))
    assert one.missing("http/1.1 200 OK\nX-Served-By: a\n") == ("data:",)
    assert one.missing("HTTP/1.1 200\nx-served-by: a\n\ndata: 1") == ()


def test_every_try_of_the_demo_shows_something_and_says_what() -> None:
    assert len({each.title for each in TRIES}) == len(TRIES)
    for each in TRIES:
        assert each.shows
        assert each.missing("") == each.shows


@pytest.mark.parametrize("curl", [True, False])
async def test_a_try_works_with_curl_and_without(
    curl: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not curl:
        monkeypatch.setattr(shutil, "which", lambda _: None)
    one = Try(
        "title", "a.example.com", "/hello", ('"service":"shop"', "HTTP/1.1 200"), ("X-A", "b")
    )
    async with Backends([SampleBackend("shop")]) as backends:
        answer = await asyncio.to_thread(one.run, backends.endpoint("shop"))
    assert one.missing(answer) == ()
    assert '"b"' in answer


async def test_a_body_is_posted() -> None:
    one = Try("title", "a", "/echo", ('"method":"POST"',), None, '{"x": 1}')
    async with Backends([SampleBackend("shop")]) as backends:
        assert one.missing(await asyncio.to_thread(one.run, backends.endpoint("shop"))) == ()
