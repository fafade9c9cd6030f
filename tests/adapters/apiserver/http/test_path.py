"""What paths name."""

import pytest

from portway.adapters.apiserver.http.path import Target, parse


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/api/v1", Target("", "v1")),
        ("/api/v1/namespaces", Target("", "v1", "namespaces")),
        ("/api/v1/namespaces/a", Target("", "v1", "namespaces", "", "a")),
        ("/api/v1/namespaces/a/status", Target("", "v1", "namespaces", "", "a", "status")),
        ("/api/v1/namespaces/a/pods", Target("", "v1", "pods", "a")),
        ("/api/v1/namespaces/a/pods/b", Target("", "v1", "pods", "a", "b")),
        ("/api/v1/namespaces/a/pods/b/log", Target("", "v1", "pods", "a", "b", "log")),
        ("/apis/g.io/v1/things", Target("g.io", "v1", "things")),
        ("/apis/g.io/v1/things/x", Target("g.io", "v1", "things", "", "x")),
        ("/apis/g.io/v1/things/x/status", Target("g.io", "v1", "things", "", "x", "status")),
        ("/api/v1/watch/pods", Target("", "v1", "pods", deprecated_watch=True)),
        ("/apis/g.io/v1/namespaces/a/things/b%3Ac", Target("g.io", "v1", "things", "a", "b:c")),
    ],
)
def test_targets(path: str, wanted: Target) -> None:
    assert parse(path) == wanted


@pytest.mark.parametrize(
    "path",
    ["/", "/apis", "/apis/g.io", "/api/v1/a//b", "/api/v1/pods/a%2Fb", "/api/v1/a/b/c/d/e/f", "/x"],
)
def test_other_paths(path: str) -> None:
    assert parse(path) is None
