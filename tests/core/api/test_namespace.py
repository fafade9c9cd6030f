"""A Namespace is read for its labels, whatever else it holds."""

from portway.core import api


def test_only_metadata_counts() -> None:
    found = api.decode(
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": "shop", "labels": {"team": "a"}},
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        }
    )
    assert isinstance(found, api.Namespace)
    assert (found.name, found.namespace) == ("shop", "")
    assert found.metadata.labels == {"team": "a"}
    assert api.decode_strict_unknown_fields(api.to_document(found)) == ()
