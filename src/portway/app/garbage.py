"""When the collector of garbage runs: in small steps while there is work, wholly only in a pause.

Reference counts free almost everything here, since values hold no cycles. What is left is rare, and
looking for it among all objects of a large site takes longer than a change does. So the objects
that are there after the first sync are set aside, and the oldest generation is never collected by
itself: `pause` does that, when nothing else is to be done, and sets aside what survived. The price
is that a cycle which is set aside and lost later stays in memory: the few of a pause's moment.
Knows Python's collector, and the C library's way to give memory back; nothing else.
"""

import ctypes
import gc

# Objects that hold others, made and not freed, until the youngest are looked at; how many of
# those times until the middle ones are; and never the oldest.
_THRESHOLDS = (10_000, 20, 1_000_000)

# Of the GNU C library; others give memory back by themselves, or do not.
_TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None)

# Collections of the middle generation until a pause is worth a whole one, and until it is made
# even if there is no pause.
_WORTH = 5
_OVERDUE = 50


def begin() -> None:
    """Not at all until the first `set_aside`, since what is read at the start stays; from then on
    in small steps only."""
    gc.disable()
    gc.set_threshold(*_THRESHOLDS)


def set_aside() -> None:
    """What there is now stays: it is never looked at again. What reading it took goes back to the
    system: a first sync of thousands of objects leaves 7 MB of holes otherwise."""
    gc.collect()
    gc.freeze()
    gc.enable()
    if _TRIM is not None:
        _TRIM(0)


def pause(idle: bool) -> bool:
    """Called every few seconds; `idle` says that nothing has happened since the last time. Returns
    whether everything that is not set aside was looked at."""
    waiting = gc.get_count()[2]
    if waiting < (_WORTH if idle else _OVERDUE):
        return False
    set_aside()
    return True
