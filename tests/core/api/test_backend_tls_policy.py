"""A BackendTLSPolicy: what it targets and how the backend is verified."""

from typing import Any

import pytest

from portway.core import api
from tests.core.api.decoding import decoded, fault

TARGET = {"group": "", "kind": "Service", "name": "s"}
VALIDATION = {"hostname": "a.example.com", "wellKnownCACertificates": "System"}


def spec(**changes: Any) -> dict[str, Any]:
    return {"targetRefs": [TARGET], "validation": VALIDATION, **changes}


def test_the_abbreviation_in_the_fields_name_is_the_crds() -> None:
    found = decoded(api.BackendTLSPolicy, spec=spec()).spec
    assert found.validation.well_known_ca_certificates == "System"
    assert found.validation.hostname == "a.example.com"
    assert (found.validation.ca_certificate_refs, found.options) == ((), {})


def test_a_section_is_a_port_of_the_service() -> None:
    found = decoded(api.BackendTLSPolicy, spec=spec(targetRefs=[{**TARGET, "sectionName": "p"}]))
    assert found.spec.target_refs[0].section_name == "p"


def test_the_older_version_has_the_same_shape() -> None:
    version = "gateway.networking.k8s.io/v1alpha3"
    assert decoded(api.BackendTLSPolicy, version, spec=spec()) == decoded(
        api.BackendTLSPolicy, spec=spec()
    )


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"targetRefs": []}, "spec.targetRefs"),
        ({"validation": {**VALIDATION, "hostname": "*.a"}}, "spec.validation.hostname"),
        (
            {"validation": {**VALIDATION, "subjectAltNames": [{"type": "DNS", "hostname": "a"}]}},
            "spec.validation.subjectAltNames[0].type",
        ),
    ],
)
def test_what_is_refused(changes: dict[str, Any], path: str) -> None:
    assert fault(api.BackendTLSPolicy, spec=spec(**changes))[1] == path
