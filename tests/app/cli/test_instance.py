"""Asking a running instance, and what is said when that does not work."""

from pathlib import Path
from typing import Any

import pytest

from portway.app.cli import instance as asking
from portway.app.cli.failure import FINDINGS, NOT_RUNNING, USAGE, Failure


def failure(data: Path | None, path: str, name: str = "default") -> Failure:
    with pytest.raises(Failure) as caught:
        asking.get(name, data, path)
    return caught.value


def test_get_and_post(instance: Any, data: Path) -> None:
    instance.answers = {"/a": (200, {"x": 1}), "/b": (200, [2])}
    assert asking.get("default", data, "/a") == {"x": 1}
    assert asking.post("default", data, "/b", {"y": 3}) == [2]
    assert instance.posted == [{"y": 3}]


@pytest.mark.parametrize(("status", "code"), [(400, USAGE), (404, FINDINGS), (500, FINDINGS)])
def test_a_refusal_is_told_in_the_instances_words(
    instance: Any, data: Path, status: int, code: int
) -> None:
    instance.answers = {"/a": (status, {"error": "no such Gateway"})}
    found = failure(data, "/a")
    assert found.exit_code == code
    assert "no such Gateway" in found.message


def test_no_instance_is_a_code_of_its_own(data: Path) -> None:
    assert failure(data, "/a").exit_code == NOT_RUNNING


def test_a_name_that_cannot_be_one_is_wrong_usage() -> None:
    assert failure(None, "/a", "../up").exit_code == USAGE
