"""Strategic merge patches, which clients send for the kinds built into Kubernetes.

Knows merge keys (``x-kubernetes-patch-merge-key`` in the schema) and the patch's directives.
Must not know kinds. A list without a merge strategy is replaced, like in a merge patch.
"""

from typing import Any

from portway.adapters.apiserver.problem import bad_request
from portway.adapters.apiserver.store.structure import NOTHING, Schema, of_field

_DELETE_PRIMITIVES = "$deleteFromPrimitiveList/"
_ORDER = "$setElementOrder/"


def strategic_patch(target: Any, patch: Any, schema: Schema) -> Any:
    """The object after the patch. Raises Refused (400) for a patch that makes no sense."""
    if not isinstance(patch, dict):
        raise bad_request("a strategic merge patch is an object")
    return _object(target if isinstance(target, dict) else {}, patch, schema)


def _object(target: dict[str, Any], patch: dict[str, Any], schema: Schema) -> dict[str, Any]:
    directive = patch.get("$patch")
    if directive == "replace":
        return {key: item for key, item in patch.items() if key != "$patch"}
    if directive == "delete":
        return {}
    if directive not in (None, "merge"):
        raise bad_request(f'there is no strategic merge directive "{directive}"')
    out = dict(target)
    retained = patch.get("$retainKeys")
    if isinstance(retained, list):
        out = {key: item for key, item in out.items() if key in retained}
    for key, item in patch.items():
        if key.startswith(_DELETE_PRIMITIVES):
            name = key[len(_DELETE_PRIMITIVES) :]
            out[name] = [each for each in out.get(name) or [] if each not in _listed(item)]
    for key, item in patch.items():
        if key.startswith("$"):
            continue
        if item is None:
            out.pop(key, None)
            continue
        order = patch.get(_ORDER + key)
        out[key] = _member(out.get(key), item, of_field(schema, key), order)
    return out


def _member(old: Any, new: Any, schema: Schema, order: Any) -> Any:
    if isinstance(new, dict):
        return _object(old if isinstance(old, dict) else {}, new, schema)
    if not isinstance(new, list):
        return new
    if schema.get("x-kubernetes-patch-strategy") != "merge":
        return new
    have = old if isinstance(old, list) else []
    merge_key = schema.get("x-kubernetes-patch-merge-key")
    if merge_key is None:
        merged = [*have, *(each for each in new if each not in have)]
        wanted = order if isinstance(order, list) else []
        return [*wanted, *(each for each in merged if each not in wanted)] if wanted else merged
    merged = _merged(have, new, merge_key, schema.get("items", NOTHING))
    return _ordered(merged, order, merge_key)


def _merged(old: list[Any], new: list[Any], merge_key: str, schema: Schema) -> list[Any]:
    if any(isinstance(each, dict) and each.get("$patch") == "replace" for each in new):
        return [each for each in new if each.get("$patch") != "replace"]
    out = list(old)
    for item in new:
        if not isinstance(item, dict) or merge_key not in item:
            raise bad_request(f'an item of a merged list lacks its merge key "{merge_key}"')
        at = next(
            (
                index
                for index, each in enumerate(out)
                if isinstance(each, dict) and each.get(merge_key) == item[merge_key]
            ),
            None,
        )
        if item.get("$patch") == "delete":
            if at is not None:
                del out[at]
        elif at is None:
            out.append(_object({}, item, schema))
        else:
            out[at] = _object(out[at], item, schema)
    return out


def _ordered(items: list[Any], order: Any, merge_key: str) -> list[Any]:
    if not isinstance(order, list):
        return items
    place = {each.get(merge_key): index for index, each in enumerate(order)}
    return sorted(items, key=lambda each: place.get(each.get(merge_key), len(place)))


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise bad_request("$deleteFromPrimitiveList takes a list")
    return value
