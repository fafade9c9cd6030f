"""One proxy's delta ADS stream: every request and every change in, responses out.

Rules (xDS protocol, incremental aggregated variant):

    first request, no names, LDS CDS SRDS   everything; an empty answer if there is nothing
    first request, initial versions         only what differs; what is gone is removed, after
                                            the first answer on the stream
    subscribe                               sent, even if held; `removed` if it is not there
    unsubscribe                             forgotten; sent again if the wildcard covers it
    ACK                                     held; wakes who waited
    NACK                                    not sent again in this version, unless something that
                                            was refused in the same response changes; also wakes
    nonce of another response               no ACK, no NACK; subscriptions in it count
    one response outstanding per type       later changes wait for the answer and go together;
                                            clusters do not (see order)
    reference to an earlier type            holds the resource back (see order)
    removal                                 waits for every user that the proxy may still hold, and
                                            for changes of what may find it without naming it
    first answer of SRDS                    waits until nothing in it has to wait

A removal does not wait for a user that is settled at its current version: then the world itself
refers to something that does not exist, and waiting would not end.

After a reconnect the proxy tells all it holds, type by type, before it answers anything. Until
its first answer the books are incomplete, and a removal could hit what a type not yet told uses.
An empty response asks for that answer when there is nothing else to send.

What the proxy does not subscribe to holds nothing back, save warm conditions: those it subscribes
to by itself once it has the resource.

Must not know: bytes, sockets, clocks, or what a resource contains.
"""

from collections.abc import Iterable
from itertools import chain

from portway.core.delta import order
from portway.core.delta.message import Ack, Nack, Outcome, Request, Response
from portway.core.delta.references import Uses, Waits
from portway.core.delta.resource import Key, Resource, ResourceSet
from portway.core.delta.subscription import WILDCARD, Content, Subscription

FIRST_ANSWER: Key = ("", "the first answer")


class Stream:
    """The server's end of one stream. Not thread-safe; drop it when the stream ends."""

    def __init__(self, resources: ResourceSet) -> None:
        self._resources = resources
        self._journal = resources.journal()
        self._types: dict[str, Subscription] = {}
        self._uses = Uses()
        self._waits = Waits()
        self._outcomes: list[Outcome] = []
        self._sent = 0
        self._answered = False
        self._cold: set[Key] = set()  # to be sent anew once their type is told
        self._unasked: set[Key] = set()  # what the proxy will ask for, since what it has needs it
        self._fresh: set[Key] = set()  # clusters that came while the proxy had none of the name

    def on_request(self, request: Request) -> list[Response]:
        """The proxy said something. Returns what to send now, in this order."""
        self._catch_up()
        books = self._types.get(request.type_url)
        if books is None:
            self._open(request)
        else:
            if request.response_nonce in books.outstanding:
                self._answer(books, request.response_nonce, request.error)
            self._unsubscribe(books, request.unsubscribe)
            self._subscribe(books, request.subscribe)
        return self._push()

    def on_change(self) -> list[Response]:
        """The ResourceSet changed. Returns what to send now, in this order."""
        self._catch_up()
        return self._push()

    def take_outcomes(self) -> list[Outcome]:
        """What became of responses since the last call, oldest first."""
        outcomes, self._outcomes = self._outcomes, []
        return outcomes

    def acked(self, type_url: str, name: str) -> str | None:
        """The version the proxy last acknowledged, or None."""
        books = self._types.get(type_url)
        return None if books is None else books.acked.get(name)

    def waiting(self) -> dict[Key, Key]:
        """What is held back now, and the first thing each waits for."""
        return self._waits.waiting()

    @property
    def quiet(self) -> bool:
        """Whether everything that was sent has been answered."""
        return not any(books.outstanding for books in self._types.values())

    @property
    def settled(self) -> bool:
        """Whether the proxy has answered for everything there is: nothing is outstanding, nothing
        held back, and nothing left that it has yet to ask for."""
        if not self.quiet or self._waits:
            return False
        # Not all of them each time: after a restart there are thousands, and this is asked often.
        while self._unasked:
            key = self._unasked.pop()
            if self._yet_to_be_asked_for(key):
                self._unasked.add(key)
                return False
        begun = all(
            type_url in self._types or not self._resources.any_of(type_url)
            for type_url in (order.CDS, order.LDS)
        )
        return begun

    def _yet_to_be_asked_for(self, key: Key) -> bool:
        books = self._types.get(key[0])
        asked = books is not None and books.wants(key[1])
        return not asked and self._resources.get(*key) is not None

    def _expect(self, resource: Resource) -> None:
        """The proxy has it, or will: so it asks for what it needs of later types."""
        mine = order.rank(resource.type_url)
        self._unasked.update(
            need
            for need in resource.needs
            if order.rank(need[0]) > mine or need[0] not in self._types
        )

    # --- what the proxy said ---------------------------------------------------------------

    def _open(self, request: Request) -> None:
        """The first request of a type on this stream."""
        books = self._types[request.type_url] = Subscription(request.type_url)
        self._types = dict(sorted(self._types.items(), key=lambda item: item[1].rank))
        names = set(request.subscribe)
        implied = not names and request.type_url in order.WILDCARD_TYPES
        books.wildcard = implied or WILDCARD in names
        books.names = names - {WILDCARD}
        for name, version in request.initial_resource_versions.items():
            if books.wants(name):
                self._already_held(books, name, version)
        books.greet = books.wildcard and not books.acked
        cold = {key for key in self._cold if key[0] == books.type_url}
        books.again = {name for _, name in cold if books.wants(name)}
        self._cold = self._cold - cold
        books.look_at(books.names)
        books.look_at(books.acked)
        if books.wildcard:
            books.look_at(self._resources.names(request.type_url))

    def _already_held(self, books: Subscription, name: str, version: str) -> None:
        key = (books.type_url, name)
        books.acked[name] = version
        resource = self._resources.get(*key)
        if resource is not None and resource.version == version:
            self._uses.replace(key, resource.needs)
            self._expect(resource)
        else:
            self._uses.unknown(key)
        self._wake(key)

    def _subscribe(self, books: Subscription, names: Iterable[str]) -> None:
        for name in names:
            if name == WILDCARD:
                books.greet = not books.wildcard and not books.acked
                books.wildcard = True
                books.look_at(self._resources.names(books.type_url))
            else:
                books.names.add(name)
                self._send_again(books, name)

    def _unsubscribe(self, books: Subscription, names: Iterable[str]) -> None:
        for name in names:
            if name == WILDCARD:
                books.wildcard = False
                known = books.acked.keys() | books.nacked.keys() | books.pending
                for unwanted in known - books.names:
                    self._drop(books, unwanted)
            elif name in books.names:
                books.names.discard(name)
                if books.wildcard:
                    self._send_again(books, name)
                else:
                    self._drop(books, name)

    def _send_again(self, books: Subscription, name: str) -> None:
        # Asked for by the proxy itself: also a version that it refused before.
        books.nacked.pop(name, None)
        books.again.add(name)
        books.pending.add(name)

    def _drop(self, books: Subscription, name: str) -> None:
        key = (books.type_url, name)
        books.drop(name)
        self._waits.forget(key)
        self._uses.replace(key, ())
        self._wake(key)

    def _answer(self, books: Subscription, nonce: str, error: str | None) -> None:
        self._answered = True
        self._wake(FIRST_ANSWER)
        content = books.answer(nonce, refused=error is not None)
        versions = {name: r.version for name, r in content.items() if r is not None}
        removed = tuple(name for name, r in content.items() if r is None)
        if error is None:
            self._outcomes.append(Ack(books.type_url, versions, removed))
        else:
            self._outcomes.append(Nack(books.type_url, versions, removed, error))
        for name, resource in content.items():
            key = (books.type_url, name)
            if error is not None and resource is not None:
                self._unasked.difference_update(resource.needs)
            if not books.wants(name):
                self._uses.replace(key, ())
            elif error is None:
                self._uses.replace(key, () if resource is None else resource.needs)
            if resource is not None and books.type_url in order.NOT_AWAITED:
                for need in resource.needs:
                    self._wake(need)
            # After a NACK the proxy may hold the old or, where others in the response were to
            # blame, the new content: both count until it acknowledges one.
            self._wake(key)

    # --- what changed ----------------------------------------------------------------------

    def _catch_up(self) -> None:
        for key in self._journal.take():
            books = self._types.get(key[0])
            if books is not None and books.wants(key[1]):
                books.changed(key[1])
                if self._resources.get(*key) is None:
                    self._fresh.discard(key)
                elif key[0] == order.CDS and key[1] not in books.acked:
                    self._fresh.add(key)
            self._wake(key)

    def _wake(self, blocker: Key) -> None:
        for type_url, name in self._waits.wake(blocker):
            self._types[type_url].pending.add(name)

    # --- what to send ----------------------------------------------------------------------

    def _push(self) -> list[Response]:
        responses = []
        for books in self._types.values():
            may = not books.outstanding or books.type_url in order.NOT_AWAITED
            if may and (books.pending or books.greet):
                content = self._compose(books)
                waits = books.greet and any(self._waits.of(books.type_url))
                if waits and books.type_url in order.WHOLE_AT_FIRST:
                    books.look_at(content)
                elif content or (books.greet and not waits):
                    responses.append(self._send(books, content))
        if self._waits.on(FIRST_ANSWER) and self.quiet:
            responses.append(self._send(next(iter(self._types.values())), {}))
        return responses

    def _compose(self, books: Subscription) -> Content:
        content: dict[str, Resource | None] = {}
        held: dict[str, str] = {}
        later: set[str] = set()
        for name in sorted(books.pending):
            if not books.wants(name):
                continue
            if content and books.type_url in order.ONE_AT_A_TIME:
                later.add(name)
                continue
            key = (books.type_url, name)
            resource = self._resources.get(*key)
            self._waits.forget(key)
            version = None if resource is None else resource.version
            if books.on_its_way(name, version) and name not in books.again:
                continue
            if name not in books.in_flight and books.up_to_date(name, version):
                if resource is not None and books.holds_exactly(name, resource.version):
                    self._uses.replace(key, resource.needs)
                    # It came with the stream: acknowledged to an earlier control plane.
                    held[name] = resource.version
                continue
            blocker = self._blocker(books, key, resource)
            if blocker is None:
                content[name] = resource
            else:
                self._waits.add(key, blocker)
        books.pending = later
        if held:
            self._outcomes.append(Ack(books.type_url, held))
        return content

    def _send(self, books: Subscription, content: Content) -> Response:
        self._sent += 1
        nonce = str(self._sent)
        books.send(nonce, content)
        resources = tuple(resource for resource in content.values() if resource is not None)
        for resource in resources:
            self._uses.extend(resource.key, resource.needs)
            self._expect(resource)
            self._warm_again(resource)
        return Response(
            type_url=books.type_url,
            nonce=nonce,
            resources=resources,
            removed=tuple(name for name, resource in content.items() if resource is None),
            system_version=str(self._resources.revision),
        )

    def _warm_again(self, sent: Resource) -> None:
        for type_url, name in sent.needs:
            if type_url in order.SENT_AGAIN_WITH_THEIR_USER:
                books = self._types.get(type_url)
                if books is None:
                    self._cold.add((type_url, name))
                elif books.wants(name):
                    books.again.add(name)
                    books.pending.add(name)

    # --- what holds back -------------------------------------------------------------------

    def _blocker(self, books: Subscription, key: Key, resource: Resource | None) -> Key | None:
        """What `key` has to wait for now, or None."""
        held = books.acked.get(key[1])
        if resource is None:
            told = held is not None or key[1] in books.nacked or key[1] in books.in_flight
            return self._user(key) if told else None
        if resource.version == held:
            return None  # the proxy has it, so everything it needs as well
        # What the proxy uses already it has; only new references, and what came back after it was
        # gone, can be missing.
        needs = set(self._uses.new(key, resource.needs))
        if self._fresh:
            needs |= self._fresh.intersection(resource.needs)
        for need in sorted(needs):
            if order.rank(need[0]) < books.rank:
                blocker = self._unsettled(need)
                if blocker is not None:
                    return blocker
                self._fresh.discard(need)
        return None

    def _unsettled(self, key: Key) -> Key | None:
        """None if `key` is settled and warm, or cannot be; else what is to be waited for."""
        resource = self._resources.get(*key)
        books = self._types.get(key[0])
        if resource is None or books is None or not books.wants(key[1]):
            return None
        if not books.settled(key[1], resource.version):
            return self._untaken(books, key, resource)
        if key[1] in books.nacked:
            return None
        for need in resource.needs:
            if order.rank(need[0]) > books.rank and not self._warm(need):
                return need
        return None

    def _untaken(self, books: Subscription, key: Key, resource: Resource) -> Key | None:
        """What is to be waited for, when `key` is not acknowledged: its acknowledgement, or that
        of what the proxy asks for only when it has taken it. None when that is there already."""
        later = [need for need in resource.needs if order.rank(need[0]) > books.rank]
        if not later or not books.on_its_way(key[1], resource.version):
            return key
        for need in later:
            asked = self._types.get(need[0])
            if asked is None or not asked.warm(need[1]):
                return key if self._resources.get(*need) is None else need
        return None

    def _warm(self, key: Key) -> bool:
        books = self._types.get(key[0])
        if books is not None and books.warm(key[1]):
            return True
        return self._resources.get(*key) is None

    def _user(self, used: Key) -> Key | None:
        """A resource that the proxy may hold, that uses `used`, and that is yet to change."""
        if not self._answered:
            return FIRST_ANSWER
        for user in self._uses.users(used):
            resource = self._resources.get(*user)
            version = None if resource is None else resource.version
            if not self._types[user[0]].holds_exactly(user[1], version):
                return user
        return self._searcher(used[0])

    def _searcher(self, type_url: str) -> Key | None:
        """A resource that may find those of this type by a key, and that is yet to change."""
        books = self._types.get(order.FOUND_BY_KEY.get(type_url, ""))
        if books is None:
            return None
        for name in chain(books.in_flight, self._waits.of(books.type_url), books.pending):
            resource = self._resources.get(books.type_url, name)
            if not books.up_to_date(name, None if resource is None else resource.version):
                return (books.type_url, name)
        return None
