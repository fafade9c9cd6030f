"""EndpointPickerConfig: which plug-ins decide, and who may wait.

Knows the file of llm-d's router in both API groups, as far as there is something here that does
what it says. Must not know files. What cannot be done as it is said is refused by name: a
configuration that is half obeyed would decide otherwise than its author thinks.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from portway.core.pick import catalog
from portway.core.pick.filters import Filter
from portway.core.pick.pickers import Picker, max_score
from portway.core.pick.profile import Profile, Weighted
from portway.core.pick.queue import MOST_BYTES, MOST_REQUESTS, Bounds, Queue

VERSIONS: Final = ("llm-d.ai/v1alpha1", "inference.networking.x-k8s.io/v1alpha1")
KIND: Final = "EndpointPickerConfig"
_GATES: Final = frozenset({"flowControl", "dataLayer", "prepareDataPlugins"})


class BadConfig(ValueError):
    """The configuration cannot be used. The message says what to change."""


class _Plugin(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    name: str = ""
    parameters: dict[str, Any] | None = None


class _Used(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    plugin_ref: str
    weight: float | None = None


class _ProfileForm(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    plugins: list[_Used] = []


class _Bounds(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    max_bytes: int | str = MOST_BYTES
    max_requests: int = MOST_REQUESTS
    fairness_policy_ref: str = "global-strict-fairness-policy"
    ordering_policy_ref: str = "fcfs-ordering-policy"


class _Band(_Bounds, rename="camel", forbid_unknown_fields=True, kw_only=True):
    priority: int


class _Flow(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    max_bytes: int | str = 0
    max_requests: int = 0
    default_request_ttl: str = msgspec.field(name="defaultRequestTTL", default="60s")
    no_endpoint_request_ttl: str = msgspec.field(name="noEndpointRequestTTL", default="0s")
    default_priority_band: _Bounds = msgspec.field(default_factory=_Bounds)
    default_negative_priority_band: _Bounds | None = None
    priority_bands: list[_Band] = []


class _Form(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    api_version: str
    kind: str
    metadata: dict[str, Any] | None = None
    feature_gates: list[str] = []
    plugins: list[_Plugin] = []
    scheduling_profiles: list[_ProfileForm] = []
    flow_control: _Flow | None = None


@dataclass(frozen=True, slots=True)
class FlowConfig:
    """``on``: requests wait while the pool is full, ``patience`` seconds at most; ``hold``: as many
    for the first endpoint of an empty one."""

    on: bool = False
    patience: float = 60.0
    hold: float = 0.0
    queue: Callable[[], Queue] = Queue


@dataclass(frozen=True, slots=True)
class Config:
    """All that a file says."""

    profile: Profile = field(default_factory=Profile)
    flow: FlowConfig = field(default_factory=FlowConfig)


def read(document: Any) -> Config:
    """What a document says. Raises BadConfig."""
    try:
        form = msgspec.convert(document, _Form)
    except msgspec.ValidationError as error:
        raise BadConfig(str(error)) from None
    if form.api_version not in VERSIONS or form.kind != KIND:
        raise BadConfig(f"it is no {KIND} of {' or '.join(VERSIONS)}")
    unknown = set(form.feature_gates) - _GATES
    if unknown:
        raise BadConfig(f"featureGates: there is no {', '.join(sorted(unknown))} here")
    return Config(_profile(form), _flow(form))


# -- plug-ins --------------------------------------------------------------------------------


def _profile(form: _Form) -> Profile:
    plugins = {each.name or each.type: each for each in form.plugins}
    if len(plugins) != len(form.plugins):
        raise BadConfig("plugins: two of them have the same name")
    for each in form.plugins:
        _check(each)
    if not form.scheduling_profiles:
        return _made("default", [_Used(name) for name in plugins], plugins)
    if len(form.scheduling_profiles) > 1:
        raise BadConfig("schedulingProfiles: one profile is all there can be")
    profile = form.scheduling_profiles[0]
    return _made(profile.name, profile.plugins, plugins)


def _check(plugin: _Plugin) -> None:
    known = catalog.FILTERS.keys() | catalog.SCORERS.keys() | catalog.PICKERS.keys()
    if plugin.type not in known | catalog.NOT_NEEDED:
        raise BadConfig(f"plugins: there is no {plugin.type}; there are {', '.join(sorted(known))}")
    strange = (plugin.parameters or {}).keys() - catalog.PARAMETERS.get(plugin.type, frozenset())
    if strange and plugin.type not in catalog.NOT_NEEDED:
        raise BadConfig(f"plugins: {plugin.type} has no {', '.join(sorted(strange))}")


def _made(name: str, used: Iterable[_Used], plugins: Mapping[str, _Plugin]) -> Profile:
    filters: list[tuple[str, Filter]] = []
    scorers: list[Weighted] = []
    picker: Picker = max_score
    most = 3
    for each in used:
        plugin = plugins.get(each.plugin_ref)
        if plugin is None:
            raise BadConfig(
                f"schedulingProfiles: {name} uses {each.plugin_ref}, which plugins lacks"
            )
        given = plugin.parameters or {}
        try:
            if plugin.type in catalog.FILTERS:
                filters.append((each.plugin_ref, catalog.FILTERS[plugin.type](given)))
            elif plugin.type in catalog.SCORERS:
                made = catalog.SCORERS[plugin.type](given)
                scorers.append(Weighted(each.plugin_ref, made, _weight(each)))
            elif plugin.type in catalog.PICKERS:
                picker = catalog.PICKERS[plugin.type]
                most = _most(given)
        except catalog.BadParameter as error:
            raise BadConfig(f"plugins: {each.plugin_ref}: {error}") from None
    return Profile(name, tuple(filters), tuple(scorers) or Profile().scorers, picker, most)


def _weight(used: _Used) -> float:
    weight = 1.0 if used.weight is None else used.weight
    if not 0 <= weight <= 1e6:
        raise BadConfig(f"schedulingProfiles: the weight of {used.plugin_ref} is from 0 to 1000000")
    return weight


def _most(given: Mapping[str, Any]) -> int:
    most = given.get("maxNumOfEndpoints", 1)
    if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= 16:
        raise catalog.BadParameter("maxNumOfEndpoints is a number from 1 to 16")
    return most


# -- flow control ----------------------------------------------------------------------------

_FAIR: Final = {"global-strict-fairness-policy": False, "round-robin-fairness-policy": True}
_ORDER: Final = "fcfs-ordering-policy"
_SUFFIXES: Final = {
    "": 1,
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
}
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def _flow(form: _Form) -> FlowConfig:
    on = "flowControl" in form.feature_gates
    flow = form.flow_control or _Flow()
    bounds = _bounds(flow.default_priority_band)
    negative = flow.default_negative_priority_band
    below = None if negative is None else _bounds(negative)
    bands = {each.priority: _bounds(each) for each in flow.priority_bands}
    most = (_bytes(flow.max_bytes), flow.max_requests)

    def queue() -> Queue:
        return Queue(
            bounds, bands=bands, below_zero=below, most_bytes=most[0], most_requests=most[1]
        )

    patience = _seconds("defaultRequestTTL", flow.default_request_ttl)
    hold = _seconds("noEndpointRequestTTL", flow.no_endpoint_request_ttl)
    return FlowConfig(on, patience or 60.0, hold, queue)


def _bounds(form: _Bounds) -> Bounds:
    if form.ordering_policy_ref != _ORDER:
        raise BadConfig(f"flowControl: orderingPolicyRef is {_ORDER} here")
    fair = _FAIR.get(form.fairness_policy_ref)
    if fair is None:
        raise BadConfig(f"flowControl: fairnessPolicyRef is {' or '.join(_FAIR)} here")
    return Bounds(_bytes(form.max_bytes), form.max_requests, fair)


def _bytes(value: int | str) -> int:
    text = str(value)
    digits = text.rstrip("kKMGi")
    unit = _SUFFIXES.get(text[len(digits) :])
    if not digits.isascii() or not digits.isdigit() or unit is None:
        raise BadConfig(f"flowControl: maxBytes {text!r} is no number of bytes")
    return int(digits) * unit


def _seconds(name: str, text: str) -> float:
    """A duration as Go writes it, of one unit."""
    number = text.rstrip("msh")
    try:
        return float(number) * _UNITS[text[len(number) :]]
    except (ValueError, KeyError):
        raise BadConfig(f"flowControl: {name} {text!r} is no duration such as 30s") from None
