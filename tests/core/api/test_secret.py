"""That the text of a Secret gives nothing away."""

import pytest

from portway.core import api


def test_the_text_form_names_keys_and_hides_values() -> None:
    secret = api.Secret(
        metadata=api.ObjectMeta(name="x", namespace="default"), data={"password": b"hunter2"}
    )
    for text in (
        repr(secret),
        str(secret),
        f"{secret}",
        repr(api.Event("Secret", "", "x", secret)),
    ):
        assert "password" in text
        assert "hunter2" not in text


def test_an_error_hides_values() -> None:
    document = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "x"},
        "data": {"password": "hunter2!"},
        "type": 7,
    }
    with pytest.raises(api.InvalidResource) as raised:
        api.decode(document)
    assert len(raised.value.errors) == 2
    assert "hunter2" not in str(raised.value)
