"""What of a body says which other prompts it belongs to: the rule by which Envoy cuts out its key.

Knows the rule a second time, beside the script that carries it out (`filters.prompt`), so that
somebody can say what the script would do. Both read the same constants, and a test holds one
against the other in a real Envoy. Must not know what is done with a key.
"""

import re
from typing import Final

KEY_BYTES: Final = 1024
"""What counts as the beginning: longer than what applications put before everything, and shorter
than the prompts for which it matters where they go."""
STARTS: Final = (b'"messages"', b'"prompt"', b'"input"', b'"system"', b'"instructions"')
"""The member names at which a prompt may begin; the first one in the text counts, wherever it is:
no body is parsed. The most frequent is looked for first: what lies behind it is not read."""
NEAR_BYTES: Final = 301
"""How far behind the first `"model"` its value is looked for, that word included."""

_MODEL: Final = re.compile(rb'"model"\s*:\s*"([^"]*)')


def key(body: bytes) -> bytes | None:
    """What is hashed: the model, a line feed, and the first KEY_BYTES of the prompt. None: there is
    no prompt in it, and the request goes anywhere."""
    found = [at for at in map(body.find, STARTS) if at >= 0]
    if not found:
        return None
    start, named = min(found), body.find(b'"model"')
    near = _MODEL.match(body[named : named + NEAR_BYTES]) if named >= 0 else None
    model = near.group(1) if near else b""
    whole = model + b"\n" + body[start : start + KEY_BYTES]
    # Envoy takes what a script hands over up to its first zero byte, which JSON never has.
    return whole.partition(b"\0")[0]
