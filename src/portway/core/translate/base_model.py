"""Matches on the base model of a LoRA adapter: `X-Gateway-Base-Model-Name`.

Body-based routers write that header, from ConfigMaps that say which adapters a base model has. Here
nobody has to: who else would know it than those ConfigMaps, and they are known beforehand. So a
match on the base model becomes one on all the names that it goes by, which no client can get around
and which costs a request nothing. Backends are told which it was.

Knows the form of those ConfigMaps, and that a route names those it goes by, in its own namespace:
so nobody says for somebody else what belongs to a model. Must not know how a name is found in a
body.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

import re2
from msgspec.structs import replace

from portway.core import api, filters, model
from portway.core.api.named import ADAPTERS_ANNOTATION, adapter_maps
from portway.core.model.match import EXACT, REGEX
from portway.core.translate.world import World

HEADER: Final = "x-gateway-base-model-name"
_NAMED: Final = "x-gateway-model-name"
MOST: Final = 1000
"""Adapters of a route."""
_CHARACTERS: Final = 3000
"""Of the names in one regular expression: the proxy takes 4,096 instructions, which are no more
than so many characters."""
_NAME: Final = re.compile("[!-~](?:[ -~]{0,1022}[!-~])?")
"""What can be the name of a model (`filters.model_name`); nothing else is ever asked for."""


class Bases(NamedTuple):
    """`adapters` are those of each base model, `problems` what could not be read. `asked`: the
    route wants the header to be written; else it is one as any other."""

    asked: bool = False
    adapters: Mapping[str, tuple[str, ...]] = {}
    problems: tuple[filters.Problem, ...] = ()


def bases(route: api.Resource, world: World) -> Bases:
    """The base models of a route. An adapter of two belongs to the one that is named first."""
    if ADAPTERS_ANNOTATION not in route.metadata.annotations:
        return Bases()
    taken: set[str] = set()
    found: dict[str, tuple[str, ...]] = {}
    problems = []
    for name in adapter_maps(route):
        read = _read(world.config_map(route.namespace, name))
        own = (
            read
            if isinstance(read, str)
            else tuple(each for each in read.adapters if each not in taken)
        )
        if isinstance(own, str) or len(taken) + len(own) > MOST:
            words = own if isinstance(own, str) else f"makes them more than {MOST} adapters"
            text = f"{ADAPTERS_ANNOTATION}: ConfigMap {route.namespace}/{name} {words}."
            problems.append(filters.Problem("ResolvedRefs", "InvalidAdapters", text))
            continue
        assert not isinstance(read, str)
        taken.update(own)
        found[read.base] = (*found.get(read.base, ()), *own)
    return Bases(True, found, tuple(problems))


def by_name(found: model.Match, known: Bases) -> tuple[model.Match, ...]:
    """The match with what it asks of the base model as what that asks of the model. Several, where
    that has many names; none, where it has no name at all."""
    if not known.asked or all(each.name != HEADER for each in found.headers):
        return (found,)
    header = next(each for each in found.headers if each.name == HEADER)
    rest = tuple(each for each in found.headers if each is not header)
    base = header.value if header.kind == EXACT else ""
    return tuple(
        replace(found, headers=(*rest, _any_of(names)), base=base)
        for names in _parts(_names(header, known))
    )


def telling(rule: model.Rule, match: model.Match) -> model.Rule:
    """The rule as it is for a match: the backend is told of the base model, and only the truth."""
    if match.base is None:
        return rule
    told = ((HEADER, match.base),) if match.base else ()
    edit = model.HeaderEdit(set=told, remove=() if told else (HEADER,))
    return replace(rule, filters=(model.RequestHeaders(edit), *rule.filters))


def _names(header: model.HeaderMatch, known: Bases) -> tuple[str, ...]:
    """All names of the base models that a match asks for. A model is always its own base."""
    if header.kind == EXACT:
        return (header.value, *known.adapters.get(header.value, ()))
    pattern = re2.compile(header.value)
    wanted = (each for each in known.adapters if pattern.fullmatch(each))
    return tuple(name for base in wanted for name in (base, *known.adapters[base]))


def _parts(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """The names, in order, a regular expression's worth at a time."""
    part: list[str] = []
    size = 0
    for each in sorted(set(names)):
        if part and size + len(each) >= _CHARACTERS:
            yield tuple(part)
            part, size = [], 0
        part.append(each)
        size += len(each) + 1
    if part:
        yield tuple(part)


def _any_of(names: tuple[str, ...]) -> model.HeaderMatch:
    if len(names) == 1:
        return model.HeaderMatch(_NAMED, names[0])
    return model.HeaderMatch(_NAMED, "|".join(map(re.escape, names)), REGEX, names)


class _Adapters(NamedTuple):
    base: str
    adapters: tuple[str, ...]


def _read(held: api.ConfigMap | None) -> _Adapters | str:
    """What a ConfigMap says, or what is wrong with it."""
    if held is None:
        return "does not exist; create it, with baseModel and adapters (a YAML list of names)"
    base = held.data.get("baseModel", "").strip()
    if not base:
        return "has no baseModel; name the model that its adapters belong to"
    # Not before there is something to read.
    import yaml

    try:
        listed = yaml.load(held.data.get("adapters", ""), yaml.CSafeLoader)
    except yaml.YAMLError:
        listed = ""
    if listed is None:
        return _Adapters(base, ())
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        return "has adapters that are no list; write one name a line, each after '- '"
    names = dict.fromkeys(each.strip() for each in listed)
    return _Adapters(base, tuple(each for each in names if _NAME.fullmatch(each) and each != base))
