"""Rules on ProxyConfig.

Knows which fields go together. Must not know how proxies are run.
"""

from collections.abc import Iterator

from portway.core.api.proxy_config import ProxyConfig, ProxyConfigSpec
from portway.core.api.validate.rule import Report, Violation, Violations, rule


@rule("proxy-config-bounds", "let maxReplicas be at least minReplicas")
def bounds(spec: ProxyConfigSpec) -> Violations:
    """As of any autoscaler."""
    scaling = spec.autoscaling
    if scaling is None or scaling.min_replicas <= scaling.max_replicas:
        return ()
    return (Violation(".autoscaling.maxReplicas", "is less than minReplicas"),)


@rule("proxy-config-daemon-set", "leave it out, or choose kind Deployment")
def daemon_set(spec: ProxyConfigSpec) -> Iterator[Violation]:
    """There is one on each node, however many those are."""
    if spec.kind == "DaemonSet":
        if spec.replicas is not None:
            yield Violation(".replicas", "means nothing to a DaemonSet")
        if spec.autoscaling is not None:
            yield Violation(".autoscaling", "means nothing to a DaemonSet")


@rule("proxy-config-one-size", "write replicas or autoscaling, not both")
def one_size(spec: ProxyConfigSpec) -> Violations:
    """The two would fight over the number."""
    both = spec.replicas is not None and spec.autoscaling is not None
    return (Violation(".replicas", "stands beside autoscaling"),) if both else ()


@rule("proxy-config-families", "name one family, or choose PreferDualStack")
def families(spec: ProxyConfigSpec) -> Violations:
    """As of any Service."""
    asked = spec.service
    if asked is None or asked.ip_family_policy != "SingleStack" or len(asked.ip_families) < 2:
        return ()
    return (Violation(".service.ipFamilies", "are two, and the policy is SingleStack"),)


RULES = (bounds, daemon_set, one_size, families)


def check_proxy_config(config: ProxyConfig, version: str, report: Report) -> None:
    """Every rule of a ProxyConfig."""
    report.apply(RULES, config.spec, "spec")
