"""TokenLimit (portway.dev): nobody's answers take more tokens in a time than they may.

A filter of type ExtensionRef names it. A script of ours in Envoy asks before a request goes on
whether each of its budgets has something left, and otherwise answers 429; what an answer took
(`filters.usage`) is added as it is told, piece by piece. So an answer may take more than was left,
and the next one waits; nothing is estimated, and nothing is counted that was not reported.

What was spent is kept in gauges of the proxy, which all its workers share and which add atomically:
decision 0045 has the ways that were tried. A budget has three of them, for the stretch of time that
runs, the next, which is emptied in advance, and the last; and one that tells which ran when it was
last used. Names of gauges have a hash in the place of what clients sent.

Must not know where a TokenLimit is found, or how tokens are read. If the script fails the request
goes on.
"""

from collections.abc import Sequence
from typing import Final

from portway.core.api.grpc_route import GRPCRouteFilter
from portway.core.api.http_filter import HTTPRouteFilter
from portway.core.filters import script, usage
from portway.core.filters.kind import Draft, Json, Kind, missing
from portway.core.filters.place import Place, Problem, unsupported
from portway.core.model import Budget, TokenLimit

NAME: Final = "portway.dev/token-limit"
MOST_KEYS: Final = 10_000
"""Budgets of one limit that are kept apart; nothing forgets them. Who comes later shares one."""
SECONDS: Final = {"Minute": 60, "Hour": 3600, "Day": 86400}

# A gauge that does not exist is made when it is asked for, so whoever is one too many is not.
_SCRIPT: Final = f"""
local MOST_KEYS = {MOST_KEYS}
local MINE, USAGE = '{NAME}', '{usage.METADATA}'
local known = {{}}

local function digest(text)
  local hash = 14695981039346656037ULL
  for place = 1, #text do
    hash = bit.bxor(hash, string.byte(text, place)) * 1099511628211ULL
  end
  return bit.tohex(hash)
end

local function whose(stats, budget, headers)
  local names = budget.headers
  if names == nil then return budget.name end
  local sent = {{}}
  for place, name in ipairs(names) do sent[place] = headers:get(name) or '' end
  local text = budget.name .. '\\n' .. table.concat(sent, '\\n')
  local key = known[text]
  if key ~= nil then return key end
  local keys = stats:gauge(budget.name .. '.keys')
  if keys:value() >= MOST_KEYS then return budget.name .. '.others' end
  key = budget.name .. '.' .. digest(text)
  if stats:gauge(key .. '.at'):value() == 0 then keys:add(1) end
  known[text] = key
  return key
end

local function spent(stats, key, stretch)
  local at = stats:gauge(key .. '.at')
  local last = at:value()
  if last ~= stretch then
    if last + 1 ~= stretch then stats:gauge(key .. '.' .. stretch % 3):set(0) end
    stats:gauge(key .. '.' .. (stretch + 1) % 3):set(0)
    at:set(stretch)
  end
  return stats:gauge(key .. '.' .. stretch % 3)
end

local function refuse(handle, budget, wait)
  local left = tostring(wait)
  handle:respond({{
    [':status'] = '429',
    ['content-type'] = 'application/json',
    ['retry-after'] = left,
    ['x-ratelimit-limit-tokens'] = string.format('%d', budget.tokens),
    ['x-ratelimit-remaining-tokens'] = '0',
    ['x-ratelimit-reset-tokens'] = left .. 's',
  }}, '{{"error":{{"message":"' .. budget.words .. ' are spent; there are new ones in ' .. left
    .. ' s.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}}}\\n')
end

function envoy_on_request(handle)
  local stats, headers, keys = handle:stats(), handle:headers(), {{}}
  local now = math.floor(handle:timestamp() / 1000)
  for place, budget in ipairs(handle:filterContext():get('budgets')) do
    local key, stretch = whose(stats, budget, headers), math.floor(now / budget.seconds)
    if spent(stats, key, stretch):value() >= budget.tokens then
      return refuse(handle, budget, (stretch + 1) * budget.seconds - now)
    end
    keys[place] = key
  end
  handle:streamInfo():dynamicMetadata():set(MINE, 'keys', keys)
end

-- What a handle gives is good until the next piece only.
function envoy_on_response(handle)
  local mine = handle:streamInfo():dynamicMetadata():get(MINE)
  if mine == nil then return end
  local keys, budgets, counted = mine.keys, handle:filterContext():get('budgets'), {{}}
  for _ in handle:bodyChunks() do
    local found = handle:streamInfo():dynamicMetadata():get(USAGE)
    if found ~= nil then
      local stats, now = handle:stats(), math.floor(handle:timestamp() / 1000)
      for place, budget in ipairs(budgets) do
        local more = found[budget.count] - (counted[place] or 0)
        if more > 0 then
          counted[place] = found[budget.count]
          spent(stats, keys[place], math.floor(now / budget.seconds)):add(more)
        end
      end
    end
  end
end
"""


def from_spec(spec: HTTPRouteFilter | GRPCRouteFilter, place: Place) -> TokenLimit | Problem:
    """The budgets, whose times are in seconds and whose headers are in lower case."""
    ref = spec.extension_ref
    if ref is None:
        return missing(place, "extensionRef")
    if (ref.group, ref.kind) != ("portway.dev", "TokenLimit"):
        return unsupported(
            place.field,
            f"no extension filter of kind {ref.kind} ({ref.group}) is known here, and a filter may "
            "not be skipped, so the rule answers with an error. Remove the ExtensionRef filter, or "
            "name a TokenLimit of group portway.dev.",
        )
    if place.token_limit is None or isinstance(spec, GRPCRouteFilter):
        return unsupported(
            place.field,
            "a TokenLimit stands among the filters of a rule of an HTTPRoute; move it there.",
        )
    found = place.token_limit(ref.name)
    if found is None:
        return Problem(
            "ResolvedRefs",
            "ExtensionNotFound",
            f"{place.field}: there is no TokenLimit {ref.name} in the route's namespace, and a "
            "filter may not be skipped, so the rule answers with an error. Create it.",
        )
    return TokenLimit(
        name=f"{found.namespace}/{found.name}",
        budgets=tuple(
            Budget(
                tokens=each.tokens,
                seconds=SECONDS[each.per],
                count=each.count,
                headers=tuple(key.header.lower() for key in each.by),
            )
            for each in found.spec.limits
        ),
    )


def words(budget: Budget) -> str:
    """A budget as a person would say it."""
    per = next(name for name, seconds in SECONDS.items() if seconds == budget.seconds)
    kind = "" if budget.count == "Total" else f"{budget.count.lower()} "
    by = f" for each {' and '.join(budget.headers)}" if budget.headers else ""
    return f"{budget.tokens} {kind}tokens each {per.lower()}{by}"


def apply(filter: TokenLimit, draft: Draft) -> None:
    """Into the route; what an earlier TokenLimit of the rule wrote stays."""
    settings = draft.outer.setdefault("typed_per_filter_config", {})
    before: Sequence[Json] = ()
    if NAME in settings:
        before = settings[NAME]["filter_context"]["budgets"]
    more = [_budget(filter.name, each) for each in filter.budgets]
    budgets = [*before, *more]
    settings[NAME] = {**script.settings(NAME, _SCRIPT), "filter_context": {"budgets": budgets}}
    settings.update(usage.settings())


def _budget(name: str, budget: Budget) -> Json:
    """Named after all that it is, so that another one begins at nothing."""
    by = ",".join(budget.headers)
    found: Json = {
        "name": f"{NAME}.{name}.{budget.count}.{budget.seconds}.{by}",
        "tokens": budget.tokens,
        "seconds": budget.seconds,
        "count": budget.count.lower(),
        "words": f"the {words(budget)} of {name}",
    }
    if budget.headers:
        found["headers"] = list(budget.headers)
    return found


def http_filter() -> Json:
    """The filter as it stands in the chain: off."""
    return script.http_filter(NAME)


FILTER = Kind(
    type="ExtensionRef",
    model=TokenLimit,
    from_spec=from_spec,
    apply=apply,
    http_filter=http_filter,
)
