"""Seeded damage to a document: fields dropped, replaced, swapped, borrowed, pushed to extremes.

Knows JSON values and words that are dangerous to a proxy. Must not know which fields a kind has:
what to borrow is learned from the site itself. The same seed draws the same mutation.
"""

import random
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

Json: TypeAlias = Any
Step: TypeAlias = str | int

_NUMBERS = (0, 1, -1, 2, 80, 65535, 65536, 1_000_000, 2**31 - 1, 2**31, 2**32, 2**63, 1.5, 1e300)
_OTHER_TYPES: tuple[Json, ...] = (None, True, False, "", [], {}, [[]], [None], {"": ""}, 0, "text")
_STRINGS = (
    *("%REQ(x)%", "%REQ(", "%", "%%", "%DYNAMIC_METADATA(a:b)%", "%START_TIME(%s%)%", "%%%X"),
    *("a\r\nX-Evil: 1", "a\nb", "a\rb", "\x00", "a\x00b", "\x7f", "\t", " ", " a ", "\ufeff"),
    *("é", "☃", "\U0001d11e", "\u202e", "a\u0301", "\ud800", "𝖆.example.com", "ß.example.com"),
    *("x" * 64, "x" * 254, "x" * 5000, "/" + "a" * 1023, ".".join(["a"] * 100)),
    *("*", "*.", ".", "..", "*.com", "*.*.com", "a.b.", "-a", "EXAMPLE.com", "1.2.3.4", "[::1]"),
    *("/", "//", "/../x", "/./x", "/%2f", "/%zz", "/a b", "/a?b", "/a#b", "/a;b", "/a\\b", "/{x}"),
    *("/a/", "a", "/*", "/**", "/a=b&c", "/%00", "/:path", "https://x/y", "//evil.example.com"),
    *("(", "[", "\\", "(?i)x", "a{1000}", "(a{500}){500}", "(?P<x>a)", ".*.*.*.*=.*", "^/a$", "|"),
    *("host", "Host", ":authority", ":path", ":method", "content-length", "transfer-encoding"),
    *("connection", "x-envoy-original-path", "x-forwarded-for", "te", "upgrade", "cookie"),
    *("0s", "1ms", "0.5s", "1e9h", "99999h", "9999999h", "-1s", "1h1m1s1ms", "s", "1d", "00s"),
    *(
        "127.0.0.1:3000",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "[::1]:3000,[::1]:3000",
        "::1",
        "0.0.0.0",
    ),
    *(
        "255.255.255.255",
        "fe80::1%eth0",
        "::ffff:1.2.3.4",
        "localhost",
        "/run/x.sock",
        "@x",
        "null",
    ),
    *(
        "https://*.example.com",
        "https://*",
        "null",
        "http://[::1]:80",
        "https://a.b:99999",
        "*://*",
    ),
    *("yes", "017", "0x10", "~", "1e3", "true", "2026-01-01T00:00:00Z", "example.com/x", "v1"),
)


class Mutator:
    """Draws mutations of documents. `site` is where it learns what a field may hold."""

    def __init__(self, seed: int, site: Iterable[Json]) -> None:
        self._random = random.Random(seed)
        self._values: dict[str, list[Json]] = {}
        self._fields: dict[str, list[tuple[str, Json]]] = {}
        for document in site:
            self._learn("", document)

    def mutation(self, document: Json) -> Json:
        """A copy with one to three changes; it may happen to equal the original."""
        mutated = _copy(document)
        for _ in range(self._random.choice((1, 1, 1, 2, 3))):
            self._change(mutated)
        return mutated

    def _learn(self, name: str, value: Json) -> None:
        if isinstance(value, dict):
            for field, each in value.items():
                self._values.setdefault(field, []).append(each)
                # Where a manifest drops its creation time the object keeps it, by design, so a
                # borrowed one could not be taken back.
                if field != "creationTimestamp":
                    self._fields.setdefault(name, []).append((field, each))
                self._learn(field, each)
        elif isinstance(value, list):
            for each in value:
                self._learn(name, each)

    def _change(self, document: Json) -> None:
        places = list(_places(document))
        parent, step, name = self._random.choice(places)
        operations = (
            self._extreme,
            self._extreme,
            self._borrow,
            self._borrow,
            self._add,
            self._other_type,
            self._drop,
            self._duplicate,
            self._spoil,
        )
        self._random.choice(operations)(parent, step, name)

    def _extreme(self, parent: Json, step: Step, name: str) -> None:
        """A dangerous value of the same type."""
        value = parent[step]
        if isinstance(value, str):
            parent[step] = self._random.choice(_STRINGS)
        elif isinstance(value, bool):
            parent[step] = not value
        elif isinstance(value, int):
            parent[step] = self._random.choice(_NUMBERS)
        elif isinstance(value, list) and value:
            parent[step] = value * self._random.choice((2, 5, 17, 200))
        else:
            parent[step] = type(value)()

    def _borrow(self, parent: Json, step: Step, name: str) -> None:
        """A value that the same field has elsewhere in the site: a wrong reference, mostly."""
        choices = self._values.get(name, [None])
        value = self._random.choice(choices)
        if isinstance(step, int) and isinstance(value, list):
            value = self._random.choice(value) if value else None
        parent[step] = _copy(value)

    def _add(self, parent: Json, step: Step, name: str) -> None:
        """A field that such an object has elsewhere in the site."""
        value = parent[step]
        target = value if isinstance(value, dict) else parent
        if isinstance(target, dict) and (choices := self._fields.get(name)):
            field, each = self._random.choice(choices)
            target[field] = _copy(each)

    def _other_type(self, parent: Json, step: Step, name: str) -> None:
        parent[step] = _copy(self._random.choice(_OTHER_TYPES))

    def _drop(self, parent: Json, step: Step, name: str) -> None:
        del parent[step]

    def _duplicate(self, parent: Json, step: Step, name: str) -> None:
        """Twice in a list, or under a field of another name."""
        if isinstance(step, int):
            parent.append(_copy(parent[step]))
        else:
            parent[self._random.choice([*parent, "unknownField", "x" * 300])] = _copy(parent[step])

    def _spoil(self, parent: Json, step: Step, name: str) -> None:
        """One character more or less."""
        value = parent[step]
        if not isinstance(value, str):
            self._extreme(parent, step, name)
            return
        at = self._random.randint(0, len(value))
        extra = self._random.choice(("", "%", "\n", "\x00", "*", ".", "/", "A", "9", "é", " ", "("))
        parent[step] = value[:at] + extra + value[at + (not extra) :]


def damaged_text(text: str, seed: int) -> str:
    """Text as a half-saved or mistyped file has it."""
    draw = random.Random(seed)
    at = draw.randrange(len(text))
    match draw.randrange(4):
        case 0:
            return text[:at]
        case 1:
            return text[:at] + draw.choice("{}[]:,\"'\\\t\n-&*!|>%@`#\x00é") + text[at:]
        case 2:
            return text[:at] + text[at + draw.randint(1, 20) :]
        case _:
            return text + "\n---\n" + text[at:]


def _places(value: Json, name: str = "") -> Iterator[tuple[Json, Step, str]]:
    """Every place of a value as (container, key or index, name of the nearest field)."""
    if isinstance(value, dict):
        for field, each in value.items():
            yield value, field, field
            yield from _places(each, field)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield value, index, name
            yield from _places(each, name)


def _copy(value: Json) -> Json:
    if isinstance(value, dict):
        return {field: _copy(each) for field, each in value.items()}
    return [_copy(each) for each in value] if isinstance(value, list) else value
