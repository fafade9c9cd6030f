"""POST requests of one size with wrk: 64 prompts in turn, as fast as answers come.

Knows wrk's scripts. Must not know what is behind the address.
"""

import random
import shutil
from pathlib import Path

import msgspec

from bench.loads import Generator, Target, parse_wrk

MODEL = "sample"
_PROMPTS = 64
_SCRIPT = """\
local requests = {}
local turn = 0
local names = {NAMES}
init = function(args)
  for number, name in ipairs(names) do
    local file = io.open(name, "rb")
    requests[number] = wrk.format("POST", "/v1/completions",
      {["Content-Type"] = "application/json", ["Host"] = wrk.headers["Host"]}, file:read("*a"))
    file:close()
  end
end
request = function()
  turn = turn % #requests + 1
  return requests[turn]
end
"""


def installed() -> bool:
    """Whether wrk is."""
    return shutil.which("wrk") is not None


def generator(scratch: Path, size: int) -> Generator:
    """Sends bodies of `size` bytes each."""
    names = []
    for number in range(_PROMPTS):
        file = scratch / f"body-{size}-{number}.json"
        file.write_bytes(body(size, number))
        names.append(f'"{file}"')
    script = scratch / f"post-{size}.lua"
    script.write_text(_SCRIPT.replace("NAMES", ", ".join(names)), encoding="utf-8")
    return Generator("wrk", lambda *asked: _command(script, *asked), parse_wrk)


def body(size: int, number: int) -> bytes:
    """A completion request of exactly that many bytes; the same number is the same prompt."""
    fields = {"model": MODEL, "max_tokens": 16, "prompt": ""}
    rest = size - len(msgspec.json.encode(fields))
    fields["prompt"] = random.Random(number).randbytes(rest // 2 + 1).hex()[:rest]
    return msgspec.json.encode(fields)


def _command(script: Path, target: Target, connections: int, seconds: float) -> list[str]:
    return [
        *("wrk", "--latency", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"),
        *("-s", str(script), "-H", f"Host: {target.host}"),
        f"http://{target.endpoint}/v1/completions",
    ]
