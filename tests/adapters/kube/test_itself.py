"""Whether a server is a controller itself, whatever it says and whenever it says it."""

import httpx
import pytest

from portway.adapters.kube.client import Client
from portway.adapters.kube.itself import controller_of
from tests.adapters.kube.hostile import status
from tests.adapters.kube.test_reflector import ACCESS, QUICK


@pytest.mark.parametrize(
    ("answers", "name"),
    [
        (
            [httpx.Response(200, json={"major": "1", "controller": "example.com/x"})],
            "example.com/x",
        ),
        ([httpx.Response(200, json={"major": "1"})], ""),
        ([httpx.Response(200, content=b"<html>")], ""),
        ([httpx.Response(403, json=status(403))], ""),
        (
            [httpx.Response(500), httpx.Response(200, json={"controller": "example.com/x"})],
            "example.com/x",
        ),
    ],
)
async def test_what_it_says(answers: list[httpx.Response], name: str) -> None:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return answers[len(asked) - 1]

    client = Client(ACCESS, QUICK, httpx.MockTransport(handle))
    assert await controller_of(client) == name
    assert asked == ["/version"] * len(answers)
