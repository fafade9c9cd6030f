"""The whole graph on one page: objects in, Envoy resources and statuses out.

core      the page itself: every collection and what it is made of
inputs    the sources, and the objects that are held back
statuses  what is said about each object
world     what a translation may look up, recorded as dependencies
emit      rendered dicts -> encoded, versioned resources
origins   which objects feed a resource
view      read access for explain, analyze and dumps
"""

from portway.core.wiring.core import Core, Turn
from portway.core.wiring.inputs import Hold
from portway.core.wiring.view import CoreView

__all__ = ["Core", "CoreView", "Hold", "Turn"]
