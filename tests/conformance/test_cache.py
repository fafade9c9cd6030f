"""What is kept of the API, and in which order writes and watches may come."""

from typing import Any

from tests.conformance.harness.cache import Cache


def pod(revision: int, uid: str = "a", **more: Any) -> dict[str, Any]:
    """A Pod at a revision."""
    metadata = {"namespace": "n", "name": "p", "uid": uid, "resourceVersion": str(revision)}
    return {"kind": "Pod", "metadata": metadata, **more}


def test_the_newest_counts_whoever_tells_first() -> None:
    cache = Cache(["Pod"])
    cache.put(pod(9, status="written"))
    cache.changed.clear()
    cache.put(pod(8))
    assert not cache.changed.is_set()
    cache.put(pod(10))
    assert cache.changed.is_set()
    assert cache.find("Pod", "n", "p") == pod(10)


def test_what_goes_is_this_object_and_not_its_successor() -> None:
    cache = Cache(["Pod"])
    cache.put(pod(9, "b"))
    cache.drop(pod(8, "a"))
    assert list(cache.all("Pod")) == [pod(9, "b")]
    cache.drop(pod(10, "b"))
    assert cache.find("Pod", "n", "p") is None


def test_complete_once_every_kind_was_listed() -> None:
    assert not Cache(["Pod"]).complete
    assert Cache([]).complete
