"""Rules on Service: the part of the API server's that routing depends on.

Knows ports, cluster IP and external name. Must not know endpoints.
"""

from collections.abc import Iterator

from portway.core.api.service import Service, ServiceSpec
from portway.core.api.validate.address import ip_version
from portway.core.api.validate.metadata import LABEL_NAME_RULES
from portway.core.api.validate.rule import Report, Violation, Violations, repeated, rule


@rule("service-ports-required", "add at least one port")
def ports_required(spec: ServiceSpec) -> Violations:
    """Only a headless Service or an external name can do without."""
    if not spec.ports and spec.type != "ExternalName" and spec.cluster_ip != "None":
        return (Violation(".ports", "is missing or empty"),)
    return ()


@rule("service-port-name-required", "name every port of a Service that has several")
def port_names_required(spec: ServiceSpec) -> Iterator[Violation]:
    """EndpointSlices tell ports apart by name."""
    if len(spec.ports) < 2:
        return
    for index, port in enumerate(spec.ports):
        if not port.name:
            yield Violation(f".ports[{index}].name", "is missing, and there are other ports")


@rule("service-port-name-unique", "give each port its own name")
def port_names_unique(spec: ServiceSpec) -> Iterator[Violation]:
    """Absent names are the matter of another rule."""
    first: dict[str, int] = {}
    for index, port in enumerate(spec.ports):
        if port.name and first.setdefault(port.name, index) != index:
            yield Violation(f".ports[{index}].name", f"repeats entry {first[port.name]}")


@rule("service-port-unique", "give each port another number or protocol")
def ports_unique(spec: ServiceSpec) -> Violations:
    """A number can be used once per protocol."""
    return repeated([(port.port, port.protocol) for port in spec.ports], ".ports", ".port")


@rule("service-external-name", "add externalName, or use another type")
def external_name(spec: ServiceSpec) -> Violations:
    """The type is nothing but that name."""
    if spec.type == "ExternalName" and not spec.external_name:
        return (Violation(".externalName", "is missing for type ExternalName"),)
    return ()


@rule("service-cluster-ip", 'write an IP address, "None" for a headless Service, or leave it out')
def cluster_ip(spec: ServiceSpec) -> Violations:
    """An address or the word for having none."""
    if spec.cluster_ip not in ("", "None") and not ip_version(spec.cluster_ip):
        return (Violation(".clusterIP", "is not an IP address"),)
    return ()


SERVICE_RULES = (
    ports_required,
    port_names_required,
    port_names_unique,
    ports_unique,
    external_name,
    cluster_ip,
)
RULES = SERVICE_RULES


def check_service(service: Service, version: str, report: Report) -> None:
    """Every rule of a Service."""
    report.apply(LABEL_NAME_RULES, service.metadata, "metadata")
    report.apply(SERVICE_RULES, service.spec, "spec")
