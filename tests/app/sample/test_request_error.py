"""A RequestError reaches the client as it was raised: its status, its sentence."""

import importlib

import httpx
import pytest

from portway.app.sample.echo import Answer, Identity
from portway.app.sample.request_error import RequestError

CASES = [(400, "model: give a name"), (404, "there is nothing here"), (413, "too long: 50% “more”")]


@pytest.mark.parametrize(("status", "message"), CASES)
def test_it_carries_a_status_and_a_sentence(status: int, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        raise RequestError(status, message)
    assert (caught.value.status, str(caught.value)) == (status, message)


def test_it_is_no_value_error() -> None:
    # Parsing code turns every ValueError into another sentence; this one is already said.
    assert not isinstance(RequestError(400, "no"), ValueError | OSError)


@pytest.mark.parametrize(("status", "message"), CASES)
async def test_the_client_gets_both(
    monkeypatch: pytest.MonkeyPatch, status: int, message: str
) -> None:
    async def respond(*_: object) -> None:
        raise RequestError(status, message)

    # By its name: the package has a function of the same name in front of the module.
    module = importlib.import_module("portway.app.sample.application")
    monkeypatch.setattr(module, "_respond", respond)
    app = module.application(Identity("shop", "web", "web-1"), Answer.ECHO)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sample") as client:
        answer = await client.get("/")
    assert (answer.status_code, answer.json()) == (status, {"error": message})
