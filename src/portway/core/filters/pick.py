"""The words in which a pick is told to clients and logs.

Knows names only.
"""

from typing import Final

ASKED: Final = "x-portway-explain-pick"
"""A request that has it is told in TOLD who was picked and why, where the pool allows that."""
TOLD: Final = "x-portway-pick"
PICK: Final = "portway.dev/pick"
"""Where the dynamic metadata has something about a pick: a namespace of its own for what is decided
inside the proxy (`reason`), and a member among the endpoint picker's (`endpoint_picker.METADATA`)
for what our own picker says (`reason`, `cached_blocks`, `prompt_blocks`)."""
