"""What is wrong (or noteworthy) with an object, as a value.

Knows the condition vocabulary of the spec as plain strings; knows nothing of how conditions are
merged or written. The user's mistakes are findings, never exceptions.
"""

import msgspec

from portway.core.model.key import ObjectKey


class Finding(msgspec.Struct, frozen=True, gc=False):
    """One statement about one object.

    `parent` narrows it: a listener's name for a Gateway, the index of the parentRef for a route
    (as text), empty for the object itself. `status` is the value the condition takes: False for
    nearly all findings, True for conditions of negative polarity such as OverlappingTLSConfig.
    `message` names the object, the field, the rule and the cure, in one or two sentences.
    """

    target: ObjectKey
    parent: str
    condition: str
    reason: str
    message: str
    status: bool = False
