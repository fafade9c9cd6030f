"""What control planes tell each other: all of it comes back, and no Secret is in it."""

import msgspec
import pytest

from portway.app import word
from portway.core import delta
from portway.core.culprit import Refusal
from portway.core.model import ObjectKey

REPORT = {"default/web": delta.Taken({delta.LDS: {"one": "1"}}, complete=True)}


def refusal(name: str, kind: str = "HTTPRoute", text: str = "x") -> Refusal:
    return Refusal(ObjectKey(kind, "default", name), "00ff", {"kind": kind, "text": text}, "no")


def test_what_is_said_is_heard() -> None:
    found, known = refusal("a"), refusal("b")
    said = word.word(REPORT, (found, known), {known.key})
    assert said == word.Word(REPORT, (found,), (known,))
    assert word.decode(word.encode(said)) == said
    assert word.decode(b"") == word.NOTHING
    with pytest.raises(msgspec.DecodeError):
        word.decode(b"[]")


def test_of_a_secret_that_it_is_refused_is_told_and_nothing_that_is_in_it() -> None:
    said = word.encode(word.word({}, (refusal("cert", "Secret", "the key"),), set()))
    assert b"cert" in said
    assert b"the key" not in said


def test_it_never_grows_beyond_what_an_object_of_the_api_may_be() -> None:
    many = [refusal(f"r{number}", text="x" * 10_000) for number in range(200)]
    said = word.word({}, many, set())
    assert 10 < len(said.found) < 50
    assert len(word.encode(said)) < 500_000
