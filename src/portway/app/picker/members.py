"""Who is in a pool, by its selector and the Pods there are.

Knows one pool and what changes of Pods mean for it. Must not know where either comes from. The
rules are those of the gateway itself: ready Pods, each target port an endpoint of its own, and the
annotation `portway.dev/endpoints` in place of Pods.
"""

from collections.abc import Mapping

from portway.core import api
from portway.core.pick import Target
from portway.core.translate.address import parse_endpoints
from portway.core.translate.pool import ready_pod, selector, selects
from portway.core.translate.service import ENDPOINTS_ANNOTATION

Pods = Mapping[str, api.Pod]
"""Those of the pool's namespace, by name."""


class Members:
    """The endpoints of one pool."""

    def __init__(self) -> None:
        self._pool: api.InferencePool | None = None
        self._of: dict[str, tuple[Target, ...]] = {}

    def pool_is(self, pool: api.InferencePool | None, pods: Pods) -> None:
        """The pool is another one now; None: it is gone."""
        self._pool = pool
        self._of = {}
        for name, pod in pods.items():
            self.pod_is(name, pod)

    def pod_is(self, name: str, pod: api.Pod | None) -> bool:
        """A Pod is as it is now; None: it is gone. Whether that changes the pool."""
        before = self._of.get(name, ())
        now = self._targets(pod) if pod is not None else ()
        if now:
            self._of[name] = now
        else:
            self._of.pop(name, None)
        return before != now

    def targets(self) -> tuple[Target, ...]:
        """All of them, sorted."""
        short = self._short()
        if short is not None:
            return short
        found = {each.address: each for targets in self._of.values() for each in targets}
        return tuple(found[address] for address in sorted(found))

    def _targets(self, pod: api.Pod) -> tuple[Target, ...]:
        ready = ready_pod(pod)
        pool = self._pool
        if pool is None or ready is None:
            return ()
        labels = pod.metadata.labels
        if not selects(selector(pool), labels):
            return ()
        return tuple(
            Target(endpoint(ready.address, port.number), dict(labels))
            for port in pool.spec.target_ports
        )

    def _short(self) -> tuple[Target, ...] | None:
        """What stands in for Pods; None where nothing does."""
        pool = self._pool
        text = None if pool is None else pool.metadata.annotations.get(ENDPOINTS_ANNOTATION)
        if text is None:
            return None
        parsed = parse_endpoints(text)
        if isinstance(parsed, str):
            return ()
        return tuple(Target(endpoint(each.address, each.port)) for each in parsed)


def endpoint(address: str, port: int) -> str:
    """`ip:port`, as the protocol writes it."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
