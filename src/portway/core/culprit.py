"""Which object does the proxy refuse? A search on the live proxy that loses nothing.

Envoy refuses a response and keeps what it had, so trying is free of harm. When it refuses a
resource, every object that changed since all was well and that feeds this resource is held: the
version that worked stands in for it. Then the suspects are let go again, half by half; a half
that is refused is split, a half that is acknowledged is innocent. What remains alone and refused
is the culprit: it stays held, with Envoy's words, until somebody changes it.

Knows objects, resources and outcomes; knows no clock and no socket. The caller says when the
proxy is quiet (everything that was sent has been answered).
"""

from collections.abc import Iterable
from typing import Any

import msgspec
import xxhash

from portway.core import api, model
from portway.core.wiring import Core, Hold, Turn
from portway.core.wiring.origins import origins

Suspects = tuple[model.ObjectKey, ...]


class Held:
    """Stands for the value of an object that is not served as it is written."""


HELD = Held()


class Refusal(msgspec.Struct, frozen=True):
    """A culprit as the next control plane has to know it.

    `digest` tells whether the object is still the refused one; `instead` is the document of the
    version that stands in (None: nothing does); `message` are the proxy's words.
    """

    key: model.ObjectKey
    digest: str
    instead: dict[str, Any] | None
    message: str


class Search:
    """Follows turns and outcomes of one Core and holds or releases objects in it."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._good: dict[model.ObjectKey, api.Resource] = {}
        # What was published and is not yet answered for: the value that goes with the turn, since
        # the object may be written again before the answer; HELD while another stands in.
        self._pending: dict[model.ObjectKey, api.Resource | Held | None] = {}
        self._waiting: list[tuple[Suspects, str]] = []
        self._trial: tuple[Suspects, str] | None = None
        self.culprits: dict[model.ObjectKey, str] = {}
        self.learned: set[model.ObjectKey] = set()
        """Those of them that others have found and we only know of."""
        self._heard: dict[str, dict[model.ObjectKey, Refusal]] = {}

    @property
    def searching(self) -> bool:
        return bool(self._waiting or self._trial)

    def on_turn(self, turn: Turn) -> None:
        """Remember what changed since the proxy last agreed with everything."""
        for key in turn.objects:
            self._pending[key] = self._current(key) if self._hold_of(key) is None else HELD
        for key in tuple(self.culprits):
            if self._current(key) is None or self._hold_of(key) is None:
                self._forget(key)

    def on_refused(self, resources: Iterable[tuple[str, str]], message: str) -> Suspects:
        """Hold whoever may have caused it. Returns the suspects; settle and push afterwards."""
        feeding = origins(self._core, resources, message)
        suspects = tuple(sorted(feeding & self._pending.keys()))
        if self._trial is not None:
            on_trial = tuple(k for k in self._trial[0] if k in feeding) or self._trial[0]
            self._trial = None
            suspects = tuple(sorted(set(suspects) & set(on_trial))) or on_trial
        if not suspects:
            suspects = tuple(sorted(k for k in feeding if self._hold_of(k) is None))
        # What a Gateway could do to a table its routes cannot, but for its listeners' host names;
        # and to hold it may close its ports, so it comes when its routes are cleared.
        suspects = tuple(key for key in suspects if key.kind != "Gateway") or suspects
        self._suspect(suspects, message)
        return suspects

    def on_agreed(self) -> None:
        """All that was sent is answered: what was published last is good."""
        for key, value in self._pending.items():
            if not isinstance(value, Held):
                self._remember(key, value)
        self._pending.clear()

    def on_quiet(self) -> bool:
        """All that was sent is answered: what is admitted now is good.

        Returns True when another half was let go, so that the caller settles and pushes again.
        """
        self._trial = None
        self.on_agreed()
        if not self._waiting:
            return False
        self._trial = self._waiting.pop()
        for key in self._trial[0]:
            self._release(key)
            self._pending[key] = self._current(key)
        return True

    def retry(self, reasons: tuple[str, ...]) -> bool:
        """Let culprits go whose refusal names a reason outside the object (a port in use), but for
        those of others, whose proxies are not ours to ask."""
        again = [
            key
            for key, words in self.culprits.items()
            if key not in self.learned and any(reason in words for reason in reasons)
        ]
        for key in again:
            words = self.culprits.pop(key)
            self._waiting.append(((key,), words))
        return bool(again)

    def refusals(self) -> tuple[Refusal, ...]:
        """The culprits there are now, for `recall` in another life and `hear` elsewhere."""
        found = []
        for key, words in sorted(self.culprits.items()):
            hold = self._hold_of(key)
            if hold is not None:
                earlier = None if hold.instead is None else api.to_document(hold.instead)
                found.append(Refusal(key, _digest(hold.refused), earlier, words))
        return tuple(found)

    def recall(self, refusals: Iterable[Refusal]) -> None:
        """Hold culprits of an earlier life that have not changed since.

        Otherwise the first refusal would make a suspect of every object, since none is known to
        work, and holding them all takes down what the proxy still serves. Each is tried once when
        the rest is settled: this may be another proxy, which takes it. What others say of now is
        not tried.
        """
        for each in refusals:
            if not self._learn(each.key) and self._convict(each):
                self._waiting.append(((each.key,), each.message))

    # -- what others have found --------------------------------------------------------------

    def hear(self, by: str, refusals: Iterable[Refusal]) -> None:
        """Another control plane says what its proxies refuse, and nothing else any more. What is
        still as it was refused is held here too, and let go when it no longer says so."""
        told = {each.key: each for each in refusals}
        before = self._heard.pop(by, {})
        if told:
            self._heard[by] = told
        for key in told:
            self._learn(key)
        for key in (before.keys() - told.keys()) & self.learned:
            if not any(key in each for each in self._heard.values()):
                self.learned.discard(key)
                self._waiting.append(((key,), self.culprits.pop(key)))

    def recheck(self, keys: Iterable[model.ObjectKey]) -> None:
        """These were written, perhaps as somebody else's proxies have refused them; before they
        are published."""
        if self._heard:
            for key in keys:
                self._learn(key)

    def _learn(self, key: model.ObjectKey) -> bool:
        """Whether it is held for what somebody else has found. One of our own suspects is not."""
        if self._hold_of(key) is not None:
            return key in self.learned
        for told in self._heard.values():
            if key in told and self._convict(told[key]):
                self.learned.add(key)
                return True
        return False

    def _convict(self, refusal: Refusal) -> bool:
        """Hold it, if it is still the refused one."""
        key, current = refusal.key, self._current(refusal.key)
        if current is None or _digest(current) != refusal.digest:
            return False
        earlier = self._good.get(key)
        if earlier is None or earlier == current:
            earlier = decoded(refusal.instead)
        if earlier is not None:
            self._good[key] = earlier
        self._core.inputs.holds.set(key, Hold(current, earlier, refusal.message))
        self.culprits[key] = refusal.message
        return True

    def _suspect(self, suspects: Suspects, message: str) -> None:
        for key in suspects:
            self._hold(key, message if len(suspects) == 1 else "")
        if len(suspects) == 1:
            self.culprits[suspects[0]] = message
            self.learned.discard(suspects[0])
        elif suspects:
            middle = len(suspects) // 2
            self._waiting += [(suspects[middle:], message), (suspects[:middle], message)]

    # -- holds -----------------------------------------------------------------------------

    def _current(self, key: model.ObjectKey) -> api.Resource | None:
        return self._core.inputs.sources[key.kind].get((key.namespace, key.name))

    def _hold_of(self, key: model.ObjectKey) -> Hold | None:
        """The hold in force: one for another value than the current one is spent."""
        hold = self._core.inputs.holds.get(key)
        return hold if hold is not None and hold.refused == self._current(key) else None

    def _hold(self, key: model.ObjectKey, message: str) -> None:
        if key in self._pending:
            self._pending[key] = HELD
        current, good = self._current(key), self._good.get(key)
        if current is not None:
            # What worked before no longer does when something else changed around it.
            if good == current:
                good = None
                self._good.pop(key, None)
            self._core.inputs.holds.set(key, Hold(current, good, message))

    def _release(self, key: model.ObjectKey) -> None:
        self._core.inputs.holds.remove(key)

    def _forget(self, key: model.ObjectKey) -> None:
        self.culprits.pop(key, None)
        self.learned.discard(key)
        self._release(key)

    def _remember(self, key: model.ObjectKey, value: api.Resource | None) -> None:
        if value is None:
            self._good.pop(key, None)
        else:
            self._good[key] = value


def _digest(obj: api.Resource) -> str:
    """Of what its owner wrote. A control plane that was killed may not have saved the rest."""
    metadata = msgspec.structs.replace(
        obj.metadata, resource_version="", generation=0, creation_timestamp="", uid=""
    )
    document = api.to_document(msgspec.structs.replace(obj, metadata=metadata))
    return xxhash.xxh3_128_hexdigest(msgspec.json.encode(document, order="sorted"))


def decoded(document: dict[str, Any] | None) -> api.Resource | None:
    """The stand-in, unless the rules of today refuse it."""
    try:
        return None if document is None else api.decode(document)
    except (api.InvalidResource, api.UnknownKind):
        return None
