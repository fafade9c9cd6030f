"""Certificates travel one to a response, so that a refusal names the one it is about."""

from portway.core.delta import Ack, Nack, Request, Resource, ResourceSet, Stream
from portway.core.delta.order import SDS


def secret(name: str) -> Resource:
    return Resource(SDS, name, "1", b"")


def test_each_certificate_has_an_answer_of_its_own() -> None:
    resources = ResourceSet()
    resources.apply([secret(name) for name in ("a", "b", "c")])
    stream = Stream(resources)
    responses = stream.on_request(Request(SDS, subscribe=("a", "b", "c")))
    seen = []
    for error in (None, "bad", None):
        (response,) = responses
        seen.append([each.name for each in response.resources])
        assert not stream.quiet
        responses = stream.on_request(Request(SDS, response_nonce=response.nonce, error=error))
    assert responses == []
    assert stream.quiet
    assert seen == [["a"], ["b"], ["c"]]
    first, second, third = stream.take_outcomes()
    assert isinstance(first, Ack)
    assert isinstance(third, Ack)
    assert second == Nack(SDS, {"b": "1"}, (), "bad")
