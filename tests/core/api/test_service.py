"""Service ports."""

import pytest

from portway.core import api


@pytest.mark.parametrize(
    ("target_port", "expected"), [(None, 80), (0, 80), (8080, 8080), ("web", "web")]
)
def test_the_effective_target_port(target_port: int | str | None, expected: int | str) -> None:
    assert api.ServicePort(port=80, target_port=target_port).effective_target_port == expected


@pytest.mark.parametrize("name", ["", "UPPER", "a--b", "123", "-a", "a-", "x" * 16])
def test_a_target_port_name_follows_rfc_6335(name: str) -> None:
    with pytest.raises(api.InvalidResource) as raised:
        api.decode(
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": "x"},
                "spec": {"ports": [{"port": 80, "targetPort": name}]},
            }
        )
    assert [each.path for each in raised.value.errors] == ["spec.ports[0].targetPort"]
