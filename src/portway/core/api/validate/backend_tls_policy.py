"""Rules on BackendTLSPolicy.

Knows targets, CA certificates and subject names. Must not know which of two policies wins.
"""

from collections.abc import Iterator

from portway.core.api.backend_tls_policy import (
    BackendTLSPolicy,
    BackendTLSPolicySpec,
    BackendTLSPolicyValidation,
    SubjectAltName,
)
from portway.core.api.validate.rule import Report, Violation, Violations, repeated, rule


@rule("target-ref-distinguished", "give sectionName in all references to the target, or in none")
def targets_distinguished(spec: BackendTLSPolicySpec) -> Iterator[Violation]:
    """A policy for a whole Service and for one of its ports belongs into two objects."""
    first: dict[tuple[str, str, str], bool] = {}
    for index, ref in enumerate(spec.target_refs):
        sectioned = ref.section_name != ""
        if first.setdefault((ref.group, ref.kind, ref.name), sectioned) != sectioned:
            yield Violation(
                f".targetRefs[{index}]", "names its target with and without sectionName"
            )


@rule("target-ref-unique", "remove the second reference, or give it another sectionName")
def targets_unique(spec: BackendTLSPolicySpec) -> Violations:
    """Each reference must lead somewhere else."""
    places = [(ref.group, ref.kind, ref.name, ref.section_name) for ref in spec.target_refs]
    return repeated(places, ".targetRefs")


@rule("ca-exclusive", "keep caCertificateRefs or wellKnownCACertificates, not both")
def ca_exclusive(validation: BackendTLSPolicyValidation) -> Violations:
    """One source of trust."""
    if validation.ca_certificate_refs and validation.well_known_ca_certificates:
        return (Violation(".wellKnownCACertificates", "stands next to caCertificateRefs"),)
    return ()


@rule("ca-required", "add caCertificateRefs, or wellKnownCACertificates: System")
def ca_required(validation: BackendTLSPolicyValidation) -> Violations:
    """Without one nothing could be verified."""
    if not validation.ca_certificate_refs and not validation.well_known_ca_certificates:
        return (Violation("", "names no CA certificates"),)
    return ()


@rule("subject-name-missing", "add the member that the type names")
def subject_missing(subject: SubjectAltName) -> Violations:
    """The union is discriminated by ``type``."""
    if subject.type == "Hostname" and not subject.hostname:
        return (Violation(".hostname", "is missing for type Hostname"),)
    if subject.type == "URI" and not subject.uri:
        return (Violation(".uri", "is missing for type URI"),)
    return ()


@rule("subject-name-unexpected", "remove it, or change the type")
def subject_unexpected(subject: SubjectAltName) -> Violations:
    """... and no other member may be set."""
    if subject.type != "Hostname" and subject.hostname:
        return (Violation(".hostname", f"does not belong to type {subject.type}"),)
    if subject.type != "URI" and subject.uri:
        return (Violation(".uri", f"does not belong to type {subject.type}"),)
    return ()


TARGET_RULES = (targets_distinguished, targets_unique)
VALIDATION_RULES = (ca_exclusive, ca_required)
SUBJECT_RULES = (subject_missing, subject_unexpected)
RULES = (*TARGET_RULES, *VALIDATION_RULES, *SUBJECT_RULES)


def check_backend_tls_policy(policy: BackendTLSPolicy, version: str, report: Report) -> None:
    """Every rule of a BackendTLSPolicy; both versions have the same."""
    report.apply(TARGET_RULES, policy.spec, "spec")
    report.apply(VALIDATION_RULES, policy.spec.validation, "spec.validation")
    for index, subject in enumerate(policy.spec.validation.subject_alt_names):
        report.apply(SUBJECT_RULES, subject, f"spec.validation.subjectAltNames[{index}]")
