"""What of a body is a prompt, whole or cut off."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.core.pick import prompt

CHAT = {"model": "m", "messages": [{"role": "user", "content": 'He said "{[\\" é'}], "n": 1}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda each: (
        st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=4), each, max_size=3)
    ),
    max_leaves=8,
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "model": st.text(max_size=5),
        "prompt": VALUES,
        "messages": VALUES,
        "temperature": st.floats(0, 2),
        "extra": VALUES,
    },
)


def test_the_prompt_is_the_bytes_that_were_sent() -> None:
    body = b'{ "model" : "m",  "messages" : [ {"content": "\\u00e9"} ] , "n":1 }'
    found = prompt.read(body)
    assert (found.model, found.text) == ("m", b'[ {"content": "\\u00e9"} ]')


def test_all_apis_have_a_prompt_and_instructions_come_before_it() -> None:
    for name in ("prompt", "messages", "input"):
        body = {name: "hello", "system": "be kind", "cache_salt": "s"}
        found = prompt.read(json.dumps(body).encode())
        assert (found.text, found.salt) == (b'"be kind""hello"', "s")


def test_what_is_no_object_has_none() -> None:
    for body in (b"", b"hello", b"[1]", b'"x"', b"\xff\x00", b"{", b'{"model": 3}', b"{]"):
        assert prompt.read(body).text == b""


@given(BODIES, st.integers(0, 400))
def test_a_body_cut_off_has_the_beginning_of_the_same_prompt(
    body: dict[str, Any], end: int
) -> None:
    whole = json.dumps(body).encode()
    text = prompt.read(whole).text
    cut = prompt.read(whole[:end])
    if "system" not in body and not ("prompt" in body and "messages" in body):
        assert text.startswith(cut.text)
    assert cut.model in ("", body.get("model", ""))


@given(BODIES, st.text(max_size=6))
def test_another_model_changes_nothing_else(body: dict[str, Any], model: str) -> None:
    changed = prompt.with_model(json.dumps(body).encode(), model)
    expected = {**body, "model": model} if "model" in body else body
    assert json.loads(changed) == expected
    assert list(json.loads(changed)) == list(body)


def test_only_the_outermost_model_is_the_model() -> None:
    body = b'{"a":{"model":"x"},"messages":[{"model":"y"}],"model":"m"}'
    assert prompt.with_model(body, "n").endswith(b'"model":"n"}')
    assert prompt.with_model(b'{"a":{"model":"x"}}', "n") == b'{"a":{"model":"x"}}'
    assert prompt.with_model(b'{"model": 3}', "n") == b'{"model": 3}'


def test_a_body_of_nothing_but_brackets_is_given_up_early(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps = []

    class Counting:
        def __init__(self, pattern: Any) -> None:
            self._pattern = pattern

        def search(self, *given: Any) -> Any:
            steps.append(1)
            return self._pattern.search(*given)

    monkeypatch.setattr(prompt, "_NEXT", Counting(prompt._NEXT))
    body = b'{"model":"m","prompt":[' + b'"",' * 200_000
    assert prompt.read(body).model == "m"
    assert len(steps) < 25_000
    assert b'"model":"n"' in prompt.with_model(body[:-1] + b'],"model":"m"}', "n")
