"""The list of the models that a host has, as OpenAI's API and vLLM's give it: `GET /v1/models`.

Knows the form of the list, of one model and of the answer for one that is not there, and the script
that answers with them: one for the whole list, so that other requests pass one route more, however
many models there are. It runs where the one for prompts does, behind CORS and authorisation. Must
not know where the names come from.
"""

import json
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from portway.core.filters import prompt, script

Json: TypeAlias = dict[str, Any]

PATH: Final = "/v1/models"
# Nobody knows when a model was made; clients want a number.
_REST: Final = {"object": "model", "created": 0, "owned_by": "portway"}
_UNKNOWN: Final = {
    "message": "The model does not exist",
    "type": "invalid_request_error",
    "param": "model",
    "code": "model_not_found",
}

# A name is looked for in the list as it is written there: what looks like an entry inside of a name
# has its quotes escaped.
_SCRIPT: Final = """
local LIST, REST, NONE = {all}, {rest}, {none}

function envoy_on_request(handle)
  local path = string.match(handle:headers():get(':path') or '', '^[^?#]*')
  local id = string.match(path, '^{path}/(.+)$')
  local status, body = '200', LIST
  if id ~= nil then
    id = string.gsub(id, '%%(%x%x)', function(code) return string.char(tonumber(code, 16)) end)
    body = '{{"id":"' .. string.gsub(id, '[\\\\"]', '\\\\%0') .. '",' .. REST
    if string.find(LIST, body, 1, true) == nil then status, body = '404', NONE end
  end
  handle:respond({{[':status'] = status, ['content-type'] = 'application/json'}}, body)
end
"""


def models(names: Sequence[str]) -> str:
    """The list, as JSON."""
    return _json({"object": "list", "data": [{"id": each, **_REST} for each in names]})


def settings(names: Sequence[str]) -> Json:
    """What makes a route answer with the list: its `typed_per_filter_config`."""
    text = _SCRIPT.format(
        path=PATH,
        all=_quoted(models(names)),
        rest=_quoted(_json(_REST)[1:]),
        none=_quoted(_json({"error": _UNKNOWN})),
    )
    (name,) = prompt.settings()
    return {name: script.settings(name, text)}


def _json(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"))


def _quoted(text: str) -> str:
    """As a string of Lua's."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
