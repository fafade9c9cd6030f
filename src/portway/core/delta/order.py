"""In which order types are pushed, and what a reference between two types means.

A resource lists what it needs. What that does depends on the two types:

- needs a type that is pushed *earlier* (a route configuration needs a cluster): a hold. It is
  sent when the needed resource is settled, that is acknowledged or refused at its current
  version, and warm.
- needs a type that is pushed *later* (a cluster needs its endpoints): a warm condition. It holds
  nothing back itself, because the proxy asks for the later one only after it has this one; but
  whoever needs this one waits until the later one has been acknowledged too.
  A proxy that has acknowledged it has taken the earlier one too, whether it has said so or not.
- needs its own type: says nothing. Both go in one response, and a hold could go round in circles.
- needs a type the proxy has not subscribed to: the same as a later one, since the proxy asks for it
  only when it has this one.

Names of types are facts of the protocol; what the types contain is not known here.
"""

CDS = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
EDS = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
LDS = "type.googleapis.com/envoy.config.listener.v3.Listener"
SRDS = "type.googleapis.com/envoy.config.route.v3.ScopedRouteConfiguration"
RDS = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"
VHDS = "type.googleapis.com/envoy.config.route.v3.VirtualHost"
SDS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"

# What others refer to comes first; a type that is not listed comes last. Scopes come before
# listeners: all listeners share one subscription, so that one which changes over to scopes does not
# wait for any, and has to find its own there.
PUSH_ORDER = (CDS, EDS, SRDS, LDS, RDS, VHDS, SDS)

# Users before what they use. A removal waits for users of types to the left of its own only, so
# waits cannot go round in circles. A resource whose content is not known, because the proxy brought
# it from an earlier connection, may use anything to its right.
USERS_FIRST = (LDS, SRDS, RDS, VHDS, CDS, EDS, SDS)

# An empty first subscription means everything for these types, and nothing for all others.
WILDCARD_TYPES = frozenset((CDS, LDS, SRDS))

# A cluster that is replaced warms again and waits for its endpoints, but the proxy does not ask
# for them again because its subscription never ended. So they are sent again, unasked.
SENT_AGAIN_WITH_THEIR_USER = frozenset((EDS,))

# The proxy begins to serve with the first answer for these, whatever is in it: it has to be whole.
WHOLE_AT_FIRST = frozenset((SRDS,))

# Nothing names a resource of the first type: the second finds it by a key. So a removal waits until
# whoever may look it up is as it should be.
FOUND_BY_KEY = {SRDS: LDS}

# Envoy takes clusters at once but acknowledges none of them while any warms, be it one of another
# response. So the next ones do not wait for an answer: they would queue behind a name that is slow
# to resolve.
NOT_AWAITED = frozenset((CDS,))

# Envoy's words about a refused certificate do not name it, and it keeps what it refused: sent again
# to find the culprit, the same certificate is acknowledged. So each has a response of its own.
ONE_AT_A_TIME = frozenset((SDS,))

_RANK = {type_url: place for place, type_url in enumerate(PUSH_ORDER)}
_USE = {type_url: place for place, type_url in enumerate(USERS_FIRST)}


def rank(type_url: str) -> int:
    """The place of a type in the push order."""
    return _RANK.get(type_url, len(PUSH_ORDER))


def may_use(user: str, used: str) -> bool:
    """Whether a removal of type `used` waits for resources of type `user`."""
    last = len(USERS_FIRST)
    return _USE.get(user, last) < _USE.get(used, last)
