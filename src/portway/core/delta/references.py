"""Who needs whom among the resources one proxy may hold, and who waits for whom.

Knows keys only. Must not know versions or when a wait is over: the stream decides that and wakes.
"""

from collections.abc import Iterable, Iterator

from portway.core.delta.order import may_use
from portway.core.delta.resource import Key


class Uses:
    """The references of everything a proxy may hold: acknowledged, or on its way."""

    def __init__(self) -> None:
        self._needs: dict[Key, tuple[Key, ...]] = {}
        # Most have one user, and a set for each of them would be most of a stream's memory.
        self._users: dict[Key, Key | set[Key]] = {}
        self._unknown: dict[str, set[Key]] = {}  # by type: held, but with unknown content

    def replace(self, user: Key, needs: tuple[Key, ...]) -> None:
        """The proxy holds exactly this content of `user` now."""
        self._forget_unknown(user)
        old = self._needs.get(user, ())
        if old == needs:
            return
        for key in set(old).difference(needs):
            self._part(key, user)
        for key in set(needs).difference(old):
            self._join(key, user)
        if needs:
            self._needs[user] = needs
        else:
            self._needs.pop(user, None)

    def extend(self, user: Key, needs: tuple[Key, ...]) -> None:
        """The proxy may hold this content of `user`, or still what it held before."""
        old = self._needs.get(user, ())
        if old == needs:
            return
        unknown = user in self._unknown.get(user[0], ())
        self.replace(user, tuple(dict.fromkeys(old + needs)))
        if unknown:
            self.unknown(user)

    def new(self, user: Key, needs: tuple[Key, ...]) -> tuple[Key, ...]:
        """Those of `needs` that no content of `user` which the proxy may hold has. Costs next to
        nothing when there are none: a table of thousands mostly changes in another way."""
        old = self._needs.get(user, ())
        return () if old == needs else tuple(set(needs).difference(old))

    def unknown(self, user: Key) -> None:
        """The proxy holds `user` in a version whose content is not known any more."""
        self._unknown.setdefault(user[0], set()).add(user)

    def users(self, used: Key) -> Iterable[Key]:
        """Everything the proxy may hold that refers to `used`, or may do so. Only from users to
        used in the order of types, so that two removals never wait for each other."""
        found = self._users.get(used, set())
        for user in found if isinstance(found, set) else (found,):
            if may_use(user[0], used[0]):
                yield user
        for type_url, unknown in self._unknown.items():
            if may_use(type_url, used[0]):
                yield from unknown

    def _join(self, used: Key, user: Key) -> None:
        users = self._users.setdefault(used, user)
        if isinstance(users, set):
            users.add(user)
        elif users != user:
            self._users[used] = {users, user}

    def _part(self, used: Key, user: Key) -> None:
        users = self._users[used]
        if not isinstance(users, set):
            del self._users[used]
            return
        users.discard(user)
        if len(users) == 1:
            (self._users[used],) = users

    def _forget_unknown(self, user: Key) -> None:
        unknown = self._unknown.get(user[0])
        if unknown:
            unknown.discard(user)
            if not unknown:
                del self._unknown[user[0]]

    def __len__(self) -> int:
        return len(self._needs) + len(self._users) + len(self._unknown)


class Waits:
    """Each waiting key and the first thing found that it waits for."""

    def __init__(self) -> None:
        self._blocker: dict[Key, Key] = {}
        self._waiting: dict[Key, set[Key]] = {}

    def add(self, key: Key, blocker: Key) -> None:
        """`key` waits until something happens to `blocker`."""
        self._blocker[key] = blocker
        self._waiting.setdefault(blocker, set()).add(key)

    def forget(self, key: Key) -> None:
        """`key` no longer waits."""
        blocker = self._blocker.pop(key, None)
        if blocker is not None:
            waiting = self._waiting[blocker]
            waiting.discard(key)
            if not waiting:
                del self._waiting[blocker]

    def wake(self, blocker: Key) -> Iterable[Key]:
        """Something happened to `blocker`: take everybody who waited for it."""
        keys = self._waiting.pop(blocker, None)
        if keys is None:
            return ()
        for key in keys:
            del self._blocker[key]
        return keys

    def waiting(self) -> dict[Key, Key]:
        """Waiting key -> what it waits for."""
        return dict(self._blocker)

    def on(self, blocker: Key) -> bool:
        """Whether anything waits for `blocker`."""
        return blocker in self._waiting

    def of(self, type_url: str) -> Iterator[str]:
        """The names of this type that wait."""
        return (name for kind, name in self._blocker if kind == type_url)

    def __len__(self) -> int:
        return len(self._blocker)
