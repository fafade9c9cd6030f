"""Which endpoint of a pool of model servers takes a request.

Knows prompts as bytes, what a picker has sent where, and what engines say of themselves. Must not
know who asks, over which protocol, or what time it is: time is passed in, in seconds of any clock
that only goes forward. Everything is bounded: prompts are looked at up to a limit, and what is
remembered of them is what an engine could still have in its cache.
"""

from portway.core.pick.ask import Ask
from portway.core.pick.candidate import Candidate, Target
from portway.core.pick.decision import Decision, Refusal
from portway.core.pick.pool import Pool, Ticket
from portway.core.pick.profile import Profile
from portway.core.pick.signals import Signals
from portway.core.pick.told import Told, told

__all__ = [
    "Ask",
    "Candidate",
    "Decision",
    "Pool",
    "Profile",
    "Refusal",
    "Signals",
    "Target",
    "Ticket",
    "Told",
    "told",
]
