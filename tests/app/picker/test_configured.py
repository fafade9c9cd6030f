"""EndpointPickerConfig files."""

from pathlib import Path

import pytest

from portway.app.cli.failure import Failure
from portway.app.picker import configured
from portway.core.pick import Profile

HEAD = "apiVersion: llm-d.ai/v1alpha1\nkind: EndpointPickerConfig\n"


def test_without_a_file_it_is_the_default() -> None:
    profile, flow = configured.read(None, None)
    assert profile == Profile()
    assert (flow.queues, flow.hold) == (False, 0.0)
    assert configured.read(None, 5.0)[1].hold == 5.0


def test_what_a_file_says_and_what_the_command_line_says_before_it(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        f"{HEAD}featureGates: [flowControl]\nplugins: [{{type: queue-scorer}}]\n"
        "flowControl: {noEndpointRequestTTL: 9s, defaultRequestTTL: 3s}\n"
    )
    profile, flow = configured.read(path, None)
    assert [each.name for each in profile.scorers] == ["queue-scorer"]
    assert (flow.queues, flow.patience, flow.hold) == (True, 3.0, 9.0)
    assert configured.read(path, 1.0)[1].hold == 1.0


@pytest.mark.parametrize("text", ["{", "kind: Pod", f"{HEAD}plugins: [{{type: x}}]", "\x00"])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(Failure, match=r"config\.yaml"):
        configured.read(path, None)
