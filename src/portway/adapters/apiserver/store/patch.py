"""Merge patches (RFC 7386) and JSON patches (RFC 6902).

Knows the two documents. Must not know kinds. Nothing is changed in place.
"""

from typing import Any

from portway.adapters.apiserver.problem import Refused, bad_request

_MAX_OPERATIONS = 10_000


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7386: null removes, objects merge, everything else replaces."""
    if not isinstance(patch, dict):
        return patch
    out = dict(target) if isinstance(target, dict) else {}
    for key, item in patch.items():
        if item is None:
            out.pop(key, None)
        else:
            out[key] = merge_patch(out.get(key), item)
    return out


def json_patch(target: Any, operations: Any) -> Any:
    """RFC 6902. Raises Refused: 400 for what is no patch, 422 for what does not fit the object."""
    if not isinstance(operations, list) or not all(isinstance(each, dict) for each in operations):
        raise bad_request("a JSON patch is a list of operations")
    if len(operations) > _MAX_OPERATIONS:
        message = f"a JSON patch may have at most {_MAX_OPERATIONS} operations"
        raise Refused(413, "RequestEntityTooLarge", message)
    for each in operations:
        target = _operation(target, each)
    return target


def _operation(target: Any, operation: dict[str, Any]) -> Any:
    name, path = operation.get("op"), _pointer(operation.get("path"))
    if name in ("add", "replace", "test") and "value" not in operation:
        raise bad_request(f'the JSON patch operation "{name}" needs a value')
    if name == "add":
        return _put(target, path, operation["value"], insert=True)
    if name == "remove":
        return _remove(target, path)
    if name == "replace":
        _get(target, path)
        return _put(target, path, operation["value"], insert=False)
    if name == "test":
        if _get(target, path) != operation["value"]:
            raise _unfit(f"testing value {operation['path']} failed: it has another value")
        return target
    if name in ("move", "copy"):
        source = _pointer(operation.get("from"))
        value = _get(target, source)
        if name == "move":
            target = _remove(target, source)
        return _put(target, path, value, insert=True)
    raise bad_request(f'there is no JSON patch operation "{name}"')


def _pointer(path: Any) -> list[str]:
    if not isinstance(path, str) or (path and not path.startswith("/")):
        raise bad_request(f'"{path}" is not a JSON pointer')
    return [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]


def _get(target: Any, path: list[str]) -> Any:
    for step in path:
        if isinstance(target, dict) and step in target:
            target = target[step]
        elif isinstance(target, list):
            target = target[_index(target, step, len(target) - 1)]
        else:
            raise _missing(path)
    return target


def _put(target: Any, path: list[str], value: Any, *, insert: bool) -> Any:
    if not path:
        return value
    step, *rest = path
    if isinstance(target, dict):
        if rest and step not in target:
            raise _missing(path)
        return {**target, step: _put(target.get(step), rest, value, insert=insert)}
    if isinstance(target, list):
        out = list(target)
        if rest or not insert:
            index = _index(target, step, len(target) - 1)
            out[index] = _put(target[index], rest, value, insert=insert)
        else:
            index = len(target) if step == "-" else _index(target, step, len(target))
            out.insert(index, value)
        return out
    raise _missing(path)


def _remove(target: Any, path: list[str]) -> Any:
    if not path:
        raise bad_request("a JSON patch cannot remove the whole object")
    step, *rest = path
    if isinstance(target, dict) and step in target:
        if rest:
            return {**target, step: _remove(target[step], rest)}
        return {key: item for key, item in target.items() if key != step}
    if isinstance(target, list):
        index = _index(target, step, len(target) - 1)
        below = [_remove(target[index], rest)] if rest else []
        return [*target[:index], *below, *target[index + 1 :]]
    raise _missing(path)


def _index(target: list[Any], step: str, last: int) -> int:
    if not step.isascii() or not step.isdigit() or (len(step) > 1 and step[0] == "0"):
        raise _unfit(f'"{step}" is not the index of a list')
    if int(step) > last:
        raise _unfit(f"the list has {len(target)} items, index {step} is out of bounds")
    return int(step)


def _missing(path: list[str]) -> Refused:
    return _unfit(f"the path /{'/'.join(path)} is missing in the object")


def _unfit(message: str) -> Refused:
    return Refused(422, "Invalid", f"the server rejected our request due to an error: {message}")
