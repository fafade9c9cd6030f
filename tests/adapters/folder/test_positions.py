"""Field paths to places in the text."""

from collections.abc import Iterator

import pytest
from yaml.events import Event

from portway.adapters.folder import positions, yaml
from portway.adapters.folder.positions import Places
from portway.adapters.folder.yaml import read_documents

TEXT = """# routes
kind: Gateway
---
kind: HTTPRoute
metadata:
  name: a
  annotations:
    portway.dev/endpoints: "127.0.0.1:3000"
spec:
  hostnames: [a.example.com,
    b.example.com]
  rules:
  - matches:
    - path:
        type: Nope
        value: /x
    - path: {type: Exact, value: /y}
---
kind: List
items:
- kind: A
- kind: B
  spec:
    port: 99999
"""


@pytest.mark.parametrize(
    ("document", "path", "place"),
    [
        (1, "spec.rules[0].matches[0].path.type", (15, 9)),
        (1, "spec.rules[0].matches[1].path.value", (17, 27)),
        (1, "spec.rules[0].matches[0]", (14, 7)),
        (1, "spec.hostnames[1]", (11, 5)),
        (1, "metadata.annotations[portway.dev/endpoints]", (8, 5)),
        (1, "metadata.annotations.portway.dev/endpoints", (8, 5)),
        (1, 'metadata.annotations["portway.dev/endpoints"]', (8, 5)),
        (1, "spec.rules[0].backendRefs[3].port", (13, 5)),
        (1, "spec.rules[7].matches", (12, 3)),
        (1, "nowhere", (4, 1)),
        (1, "", (4, 1)),
        (0, "kind", (2, 1)),
        (3, "spec.port", (24, 5)),
    ],
)
def test_a_field_or_the_nearest_one_around_it(
    document: int, path: str, place: tuple[int, int]
) -> None:
    assert Places(TEXT).of(read_documents("a.yaml", TEXT)[document], path) == place


def test_fields_of_json() -> None:
    text = '{\n  "spec": {\n    "port": 0\n  }\n}\n'
    document = read_documents("a.json", text)[0]
    assert Places(text).of(document, "spec.port") == (3, 5)


def test_a_value_that_came_by_an_alias_is_where_the_alias_is() -> None:
    text = "a: &a {port: 0}\nspec: *a\n"
    document = read_documents("a.yaml", text)[0]
    assert Places(text).of(document, "spec.port") == (2, 1)


def test_text_that_yaml_cannot_read_again_gives_the_line_of_the_document() -> None:
    text = '\n{"a": "\\ud83d\\ude00"}'
    document = read_documents("a.json", text)[0]
    assert Places(text).of(document, "a") == (2, None)


def test_documents_in_any_order() -> None:
    places, documents = Places(TEXT), read_documents("a.yaml", TEXT)
    for index, line in ((3, 24), (0, 2), (1, 9), (1, 9), (3, 24), (2, 21)):
        path = "kind" if index in (0, 2) else "spec" if index == 1 else "spec.port"
        assert places.of(documents[index], path)[0] == line


def test_the_text_is_read_once_however_much_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred wrong fields in a long file must not cost two hundred readings of it."""
    reads: list[str] = []

    def counted(text: str) -> Iterator[Event]:
        reads.append(text)
        return yaml.events(text)

    monkeypatch.setattr(positions, "events", counted)
    places = Places(TEXT)
    for document in read_documents("a.yaml", TEXT):
        for number in range(100):
            places.of(document, f"spec.rules[{number}]")
    assert len(reads) == 1
