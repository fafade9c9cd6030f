"""The snapshot's shape: what a later version must still be able to read."""

import msgspec

from portway.adapters.folder.past import Past, PastManifest, PastObject

PAST = Past(
    revision=7,
    files={"a.yaml": (PastManifest(3, msgspec.Raw(b'{"kind":"ConfigMap"}')),)},
    objects=(PastObject("ConfigMap", "shop", "a", 2, "2026-01-01T00:00:00Z"),),
)


def test_it_comes_back_from_its_bytes() -> None:
    found = msgspec.json.decode(msgspec.json.encode(PAST), type=Past)
    assert (found.revision, found.objects) == (PAST.revision, PAST.objects)
    (manifest,) = found.files["a.yaml"]
    assert (manifest.line, bytes(manifest.raw)) == (3, b'{"kind":"ConfigMap"}')


def test_manifests_are_kept_as_they_were_written() -> None:
    """Not as text inside text: the file stays readable, and is written without a second pass."""
    assert b'"raw":{"kind":"ConfigMap"}' in msgspec.json.encode(PAST)
