"""Targets and validation of a BackendTLSPolicy.

Each rule is broken by a document that breaks nothing else.
"""

import pytest

from tests.core.api.validate.documents import Case, broken, document

CASES: list[Case] = [
    ("target-ref-distinguished", "spec.targetRefs[1]", "BackendTLSPolicy",
     "spec: {targetRefs: [{group: '', kind: Service, name: s}, "
     "{group: '', kind: Service, name: s, sectionName: a}]}"),
    *(("target-ref-unique", "spec.targetRefs[1]", "BackendTLSPolicy",
       f"spec: {{targetRefs: [{{group: '', kind: Service, name: s{section}}}, "
       f"{{group: '', kind: Service, name: s{section}}}]}}")
      for section in ("", ", sectionName: a")),
    ("ca-exclusive", "spec.validation.wellKnownCACertificates", "BackendTLSPolicy",
     "spec: {validation: {hostname: a, wellKnownCACertificates: System, "
     "caCertificateRefs: [{group: '', kind: ConfigMap, name: c}]}}"),
    ("ca-required", "spec.validation", "BackendTLSPolicy", "spec: {validation: {hostname: a}}"),
    *((f"subject-name-{fault}", f"spec.validation.subjectAltNames[0].{member}",
       "BackendTLSPolicy",
       "spec: {validation: {hostname: a, wellKnownCACertificates: System, "
       f"subjectAltNames: [{{{members}}}]}}}}")
      for fault, member, members in (
          ("missing", "hostname", "type: Hostname"),
          ("missing", "uri", "type: URI"),
          ("unexpected", "hostname", "type: URI, uri: 'a://b', hostname: a"),
          ("unexpected", "uri", "type: Hostname, uri: 'a://b', hostname: a"),
      )),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "kind", "overlay"), CASES)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert broken(document(kind, overlay)) == [(rule, path)]
