"""Secrets of ours: made, read, and replaced only as they were read."""

import pytest

from portway.adapters.kube import secret
from portway.adapters.kube.failure import ApiFailure, Garbled, Unreachable
from tests.adapters.kube.secrets import Secrets

OURS = {"namespace": "gw", "name": "a", "labels": {"ours": "1"}}


async def test_one_that_is_not_there_is_made_and_read_back() -> None:
    server = Secrets()
    client = server.client()
    assert await secret.read(client, "gw", "a") is None
    made = await secret.write(client, OURS, {"k": b"\0v"}, None, secret.TLS)
    assert made is not None
    read = await secret.read(client, "gw", "a")
    assert read is not None
    assert (read.data, read.uid) == ({"k": b"\0v"}, made.uid)
    assert server.kept["gw/a"]["type"] == secret.TLS


async def test_what_others_have_put_into_its_metadata_stays() -> None:
    server = Secrets()
    client = server.client()
    theirs = {"namespace": "gw", "name": "a", "labels": {"theirs": "2"}, "managedFields": [1]}
    server.put("gw/a", {"metadata": theirs})
    before = await secret.read(client, "gw", "a")
    assert before is not None
    after = await secret.write(client, OURS, {}, before)
    assert after is not None
    assert after.metadata["labels"] == {"ours": "1", "theirs": "2"}
    assert after.uid == before.uid
    assert "managedFields" not in after.metadata


async def test_whoever_was_faster_wins() -> None:
    server = Secrets()
    client = server.client()
    server.before = lambda: server.put("gw/a", {"metadata": {"namespace": "gw", "name": "a"}})
    assert await secret.write(client, OURS, {}, None) is None
    held = await secret.read(client, "gw", "a")
    server.before = lambda: server.put("gw/a", {"metadata": {"namespace": "gw", "name": "a"}})
    assert await secret.write(client, OURS, {}, held) is None
    held = await secret.read(client, "gw", "a")
    server.before = server.kept.clear
    assert await secret.write(client, OURS, {}, held) is None


async def test_trouble_is_raised() -> None:
    server = Secrets()
    client = server.client()
    server.answer = 403
    with pytest.raises(ApiFailure):
        await secret.read(client, "gw", "a")
    with pytest.raises(ApiFailure):
        await secret.write(client, OURS, {}, None)
    server.answer, server.away = 0, True
    with pytest.raises(Unreachable):
        await secret.read(client, "gw", "a")
    server.away = False
    server.put("gw/a", {"metadata": {}, "data": {"k": "no base64"}})
    with pytest.raises(Garbled):
        await secret.read(client, "gw", "a")
