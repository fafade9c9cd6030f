"""RequestMirror: sends a copy of some requests to a second backend and drops its answers.

Knows fractions; must not know how a reference is resolved (`Place.resolve` does that). A mirror
that cannot be resolved is dropped and reported, the traffic itself is not touched.
"""

from portway.core.api.http_filter import HTTPRouteFilter
from portway.core.filters.kind import Draft, Json, Kind, missing
from portway.core.filters.place import Place, Problem
from portway.core.model import Mirror


def from_spec(spec: HTTPRouteFilter, place: Place) -> Mirror | Problem:
    """The mirror; 100 % unless percent or fraction says otherwise."""
    mirror = spec.request_mirror
    if mirror is None:
        return missing(place, "requestMirror")
    backend = place.resolve(mirror.backend_ref)
    if isinstance(backend, Problem):
        return backend._replace(fatal=False)
    if mirror.fraction is not None:
        whole = mirror.fraction.denominator
        return Mirror(backend, min(mirror.fraction.numerator, whole), whole)
    return Mirror(backend, 100 if mirror.percent is None else mirror.percent, 100)


def apply(filter: Mirror, draft: Draft) -> None:
    """One mirror policy per filter; several are drawn independently of the backend chosen."""
    low, high = draft.span
    numerator = low + round(filter.numerator * (high - low) / filter.denominator)
    if numerator == low:
        return
    policy: Json = {
        "cluster": draft.cluster(filter.backend),
        # The copy must look like the original: no "-shadow" behind the host.
        "disable_shadow_host_suffix_append": True,
    }
    if numerator < high:
        # Envoy compares one random number per request with every fraction. Of a million, since
        # weights rarely add up to that: with the same total, a mirror of 50 % would copy one
        # of two equal backends completely. In a route that gets only a span of the numbers, the
        # fraction is taken of that span.
        policy["runtime_fraction"] = {
            "default_value": {"numerator": numerator, "denominator": "MILLION"}
        }
    draft.action.setdefault("request_mirror_policies", []).append(policy)


FILTER = Kind(type="RequestMirror", model=Mirror, from_spec=from_spec, apply=apply)
