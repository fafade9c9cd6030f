"""Which files count, and how to read one.

Knows file names, symbolic links and file systems' failures. Must not know manifests or watching.
Hidden names are skipped, which also fits mounted ConfigMaps: the visible files are links into
`..data`, itself a link to a hidden folder, so every file is found once, by its visible name.
"""

import os
import stat
from collections.abc import Iterable
from typing import Final, NamedTuple

from portway.adapters.folder.problem import FileProblem

SUFFIXES: Final = (".yaml", ".yml", ".json")
MAX_BYTES: Final = 64 * 1024 * 1024
"""The largest manifest that is read, in bytes."""
STDIN: Final = "-"
_MAX_LINKS: Final = 40
"""Links on the way to one file; the operating system follows no more either."""


class Signature(NamedTuple):
    """What changes when a file does. Two writes within a clock tick can share one."""

    modified_ns: int
    changed_ns: int
    size: int
    inode: int
    device: int


class Listing:
    """One walk over the given paths."""

    def __init__(self) -> None:
        self.files: dict[str, Signature] = {}
        self.folders: dict[str, str] = {}
        """Folders whose entries count: the real path to the path they are shown by."""
        self.aliases: dict[str, str] = {}
        """Files that are not shown by their folder's path and their name (reached by a link, or
        given by name): the real path to the path they are shown by."""
        self.steps: set[str] = set()
        """Links on the way to a file: where one is replaced, other files may be meant."""
        self.streams: list[str] = []
        """Paths that can be read only once: pipes and the like, given by name."""
        self.directories: set[str] = set()
        """Real paths of the folders in which something can happen that matters."""
        self.ancestors: set[str] = set()
        """Folders to watch only to see a given path come and go."""
        self.unreadable: set[str] = set()
        """Folders that exist but cannot be listed; what was in them is not known to be gone."""
        self.problems: list[FileProblem] = []

    def shown(self, real: str) -> str | None:
        """The path that the plain file at a real path is shown by, were it there; None for what is
        no manifest."""
        alias = self.aliases.get(real)
        if alias is not None:
            return alias
        folder, name = os.path.split(real)
        above = self.folders.get(folder)
        if above is None or name.startswith(".") or not _counts(name):
            return None
        return os.path.join(above, name)


def list_files(paths: Iterable[str], exclude: Iterable[str] = ()) -> Listing:
    """Walk folders and look at files, in the order given. Never raises OSError.

    `exclude` holds real paths that are not manifests whatever their name (our own snapshot).
    """
    walk = _Walk(set(exclude))
    for path in paths:
        if path != STDIN:
            walk.root(path)
    return walk.listing


def read_file(path: str) -> tuple[Signature, bytes | FileProblem] | None:
    """A plain file's bytes (one more than MAX_BYTES at most) with the signature they had or an
    earlier one, or why there are none. Raises FileNotFoundError; None when it is not plain."""
    # Not to hang on a pipe that took a file's place, nor to wait for whoever writes to it.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            return None
        return signature(status), _all(path, handle, status.st_size)
    finally:
        os.close(handle)


def _all(path: str, handle: int, size: int) -> bytes | FileProblem:
    try:
        data = os.read(handle, min(size, MAX_BYTES) + 1)
        if len(data) == size:
            return data
        chunks = [data]
        while chunks[-1] and sum(map(len, chunks)) <= MAX_BYTES:
            chunks.append(os.read(handle, 1 << 20))
        return b"".join(chunks)
    except OSError as error:
        return unreadable(path, error)


def read_text(path: str) -> str | FileProblem:
    """A file's or a stream's text, or why there is none."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        return unreadable(path, error)
    return decoded(path, data)


def decoded(path: str, data: bytes) -> str | FileProblem:
    """The text of a file's bytes, which must be UTF-8."""
    if len(data) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES} bytes"
        return FileProblem(path, None, None, message, "split it")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{data[error.start]:02X} is not UTF-8"
        return FileProblem(path, line, None, message, "save the file as UTF-8")


def unreadable(path: str, error: OSError) -> FileProblem:
    """The problem of a path that the operating system refuses."""
    message = f"cannot be read: {error.strerror or error}"
    return FileProblem(path, None, None, message, "check that it exists and who may read it")


def signature(status: os.stat_result) -> Signature:
    """The signature of a file's status."""
    return Signature(
        status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_dev
    )


class _Walk:
    def __init__(self, exclude: set[str]) -> None:
        self.listing = Listing()
        self._seen = exclude  # real paths; a file or folder reached twice counts once

    def root(self, path: str) -> None:
        listing = self.listing
        listing.ancestors.update(_ancestors(path))
        self._steps(os.path.dirname(os.path.abspath(path)), os.path.basename(path))
        try:
            status = os.stat(path)
        except OSError as error:
            listing.problems.append(unreadable(path, error))
            return
        if stat.S_ISDIR(status.st_mode):
            self._folder(path)
        elif stat.S_ISREG(status.st_mode):
            self._aliased(path, status)
            listing.directories.add(os.path.dirname(os.path.abspath(path)))
        else:
            listing.streams.append(path)

    def _folder(self, path: str) -> None:
        """Real entries before links, so that what is reached both ways has its real name."""
        pending, links = [path], list[str]()
        while pending or links:
            linked = not pending
            folder = links.pop(0) if linked else pending.pop()
            if linked and not os.path.isdir(folder):
                self._linked_file(folder)
                continue
            real = os.path.realpath(folder)
            if self._first_time(real):
                self._entries(folder, real, pending, links)

    def _entries(self, folder: str, real: str, pending: list[str], links: list[str]) -> None:
        self.listing.directories.add(real)
        self.listing.folders[real] = folder
        try:
            with os.scandir(folder) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            self.listing.unreadable.add(folder)
            self.listing.problems.append(unreadable(folder, error))
            return
        below = []
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_symlink():
                self._steps(real, entry.name)
                if os.path.isdir(entry.path) or _counts(entry.name):
                    links.append(entry.path)
            elif entry.is_dir():
                below.append(entry.path)
            elif _counts(entry.name):
                self._entry_file(entry.path, os.path.join(real, entry.name))
        pending.extend(reversed(below))

    def _linked_file(self, path: str) -> None:
        try:
            os.stat(path)
        except OSError as error:  # a dangling link, or one in a circle
            self.listing.problems.append(unreadable(path, error))
        else:
            self._entry_file(path, None)

    def _entry_file(self, path: str, real: str | None) -> None:
        """A file in a folder; `real` when it is there itself and not a link to it."""
        try:
            status = os.stat(path)
        except FileNotFoundError:
            return  # it went while we looked
        except OSError as error:
            self.listing.problems.append(unreadable(path, error))
            return
        if not stat.S_ISREG(status.st_mode):
            message = "is not a regular file"
            problem = FileProblem(path, None, None, message, "give it by name, or rename it")
            self.listing.problems.append(problem)
        elif real is None:
            self._aliased(path, status)
        elif self._first_time(real):
            self.listing.files[path] = signature(status)

    def _aliased(self, path: str, status: os.stat_result) -> None:
        real = os.path.realpath(path)
        if self._first_time(real):
            self.listing.files[path] = signature(status)
            self.listing.aliases[real] = path
            self.listing.directories.add(os.path.dirname(real))

    def _steps(self, folder: str, name: str) -> None:
        """Note every link between an entry of a folder and what it stands for."""
        place, rest, found = folder, [name], 0
        while rest and found < _MAX_LINKS:
            name = rest.pop(0)
            if name in ("", ".", ".."):
                place = os.path.dirname(place) if name == ".." else place
                continue
            step = os.path.join(place, name)
            try:
                target = os.readlink(step)
            except OSError:
                place = step  # not a link, or nothing yet
                continue
            found += 1
            self.listing.steps.add(step)
            self.listing.directories.add(place)
            place = os.sep if os.path.isabs(target) else place
            rest = [*target.split(os.sep), *rest]
        if found and not os.path.lexists(place):
            self.listing.steps.add(place)  # a dangling link, until something appears there

    def _first_time(self, real: str) -> bool:
        if real in self._seen:
            return False
        self._seen.add(real)
        return True


def _counts(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)


def _ancestors(path: str) -> set[str]:
    """The nearest existing folder above a path, and above what it links to."""
    found = set()
    for place in (os.path.abspath(path), os.path.realpath(path)):
        folder = os.path.dirname(place)
        while not os.path.isdir(folder) and folder != os.path.dirname(folder):
            folder = os.path.dirname(folder)
        found.add(folder)
    return found
