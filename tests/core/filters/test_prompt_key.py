"""The key of a prompt, in Python; tests/wire/test_pool_prompts.py has it beside Envoy's."""

from hypothesis import given
from hypothesis import strategies as st

from portway.core.filters import prompt
from portway.core.filters.prompt_key import KEY_BYTES, STARTS, key


def test_the_first_mark_in_the_text_counts_and_the_first_model() -> None:
    body = b'{"temperature": 0, "model": "m", "messages": ["a"], "system": "b"}'
    assert key(body) == b'm\n"messages": ["a"], "system": "b"}'
    assert key(b'{"prompt": "x", "model" : "l"}') == b'l\n"prompt": "x", "model" : "l"}'


def test_without_a_prompt_there_is_none() -> None:
    assert key(b"") is None
    assert key(b'{"model": "m"}') is None
    assert key(b'{"prompt": "p"}') == b'\n"prompt": "p"}'


def test_a_model_that_is_no_string_or_far_away_is_none() -> None:
    assert key(b'{"model": 5, "input": 1}') == b'\n"input": 1}'
    assert key(b'{"model":' + b" " * 400 + b'"m", "input": 1}') == b'\n"input": 1}'


@given(st.binary(max_size=3000), st.binary(max_size=3000))
def test_what_comes_after_the_beginning_does_not_matter(front: bytes, back: bytes) -> None:
    body = b'{"model": "m", "prompt": "' + b"p" * KEY_BYTES + front
    assert key(body) == key(body + back)
    assert len(key(body) or b"") == KEY_BYTES + 2


def test_the_script_has_the_same_marks() -> None:
    (config,) = prompt.settings().values()
    script = config["source_code"]["inline_string"]
    assert all(f"'{each.decode()}'" in script for each in STARTS)
    assert f"KEY = {KEY_BYTES}" in script
