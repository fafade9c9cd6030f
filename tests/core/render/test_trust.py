"""How a peer's certificate is held against authorities that come apart."""

from portway.core.render.trust import validated
from tests.core.render.cases import CA

APART = {
    "name": "configmap/shop/ca",
    "sds_config": {"ads": {}, "resource_api_version": "V3"},
}


def test_authorities_come_by_name() -> None:
    assert validated(CA) == {"validation_context_sds_secret_config": APART}


def test_demands_are_added_to_them() -> None:
    assert validated(CA, {"a": 1}) == {
        "combined_validation_context": {
            "default_validation_context": {"a": 1},
            "validation_context_sds_secret_config": APART,
        }
    }
