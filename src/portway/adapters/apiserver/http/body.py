"""The body of a request as a document.

Knows media types and encodings. Must not know kinds. JSON and the protobuf of Kubernetes are
read; YAML only where a patch is an applied configuration, which is what kubectl sends.
"""

from typing import Any, Final

import msgspec
import yaml

from portway.adapters.apiserver.http.protobuf import MEDIA_TYPE, decode
from portway.adapters.apiserver.problem import Refused, bad_request

MAX_BYTES: Final = 3 * 1024 * 1024
JSON: Final = "application/json"
YAML: Final = "application/yaml"
MERGE: Final = "application/merge-patch+json"
STRATEGIC: Final = "application/strategic-merge-patch+json"
JSON_PATCH: Final = "application/json-patch+json"
APPLY: Final = "application/apply-patch+yaml"
_DEPTH: Final = 100


def media_type(content_type: str) -> str:
    """The media type without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def read(body: bytes, content_type: str) -> Any:
    """The document in a body. Raises Refused: 400 if it cannot be read, 415 for a media type
    nothing is known of."""
    media = media_type(content_type)
    if media == MEDIA_TYPE or body[:4] == b"k8s\x00":
        return decode(body)
    if media in (APPLY, YAML):
        return _json(body) if body.lstrip()[:1] == b"{" else _yaml(body)
    if media in ("", JSON, MERGE, STRATEGIC, JSON_PATCH):
        return _json(body)
    raise unsupported(media, (JSON, MEDIA_TYPE))


def unsupported(media: str, known: tuple[str, ...]) -> Refused:
    """415."""
    message = (
        f'the body of the request was in an unknown format "{media}" - accepted media types '
        f"include: {', '.join(known)}"
    )
    return Refused(415, "UnsupportedMediaType", message)


def _json(body: bytes) -> Any:
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise bad_request(f"the body is not JSON: {error}") from None
    # What opens fewer brackets than that cannot be deeper.
    if body.count(b"{") + body.count(b"[") > _DEPTH:
        _check_depth(document, _DEPTH)
    return document


def _yaml(body: bytes) -> Any:
    if b"&" in body and b"*" in body:
        # Aliases can make a small body very large; no client needs them.
        tokens = yaml.scan(body, Loader=yaml.CSafeLoader)
        if any(isinstance(each, yaml.AliasToken) for each in tokens):
            raise bad_request("a YAML body may not have aliases")
    try:
        document = yaml.load(body, Loader=yaml.CSafeLoader)
        # By JSON, so that dates and the like do not come in as something JSON cannot say.
        return _json(msgspec.json.encode(document))
    except (yaml.YAMLError, msgspec.EncodeError, TypeError, RecursionError) as error:
        raise bad_request(f"the body is not YAML: {error}") from None


def _check_depth(value: Any, left: int) -> None:
    if left == 0:
        raise bad_request(f"the body is nested deeper than {_DEPTH} levels")
    if isinstance(value, dict):
        for item in value.values():
            if isinstance(item, dict | list):
                _check_depth(item, left - 1)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, dict | list):
                _check_depth(item, left - 1)
