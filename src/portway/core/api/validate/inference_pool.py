"""Rules on InferencePool.

Knows ports and the endpoint picker reference. Must not know whether the picker exists.
"""

from portway.core.api.inference_pool import EndpointPickerRef, InferencePool, InferencePoolSpec
from portway.core.api.validate.rule import Report, Violation, Violations, repeated, rule


@rule("target-port-unique", "write each port once")
def target_ports_unique(spec: InferencePoolSpec) -> Violations:
    """Each port is an endpoint of its own."""
    return repeated([each.number for each in spec.target_ports], ".targetPorts", ".number")


@rule("picker-port-required", "add port.number, the port at which the picker speaks gRPC")
def picker_port(ref: EndpointPickerRef) -> Violations:
    """A Service has no port of its own."""
    if ref.kind == "Service" and ref.port is None:
        return (Violation(".port", "is missing for kind Service"),)
    return ()


SPEC_RULES = (target_ports_unique,)
PICKER_RULES = (picker_port,)
RULES = (*SPEC_RULES, *PICKER_RULES)


def check_inference_pool(pool: InferencePool, version: str, report: Report) -> None:
    """Every rule of an InferencePool."""
    report.apply(SPEC_RULES, pool.spec, "spec")
    if pool.spec.endpoint_picker_ref is not None:
        report.apply(PICKER_RULES, pool.spec.endpoint_picker_ref, "spec.endpointPickerRef")
