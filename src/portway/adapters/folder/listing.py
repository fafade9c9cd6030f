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
        self.real: dict[str, str] = {}
        """The real path of each file."""
        self.streams: list[str] = []
        """Paths that can be read only once: pipes and the like, given by name."""
        self.directories: set[str] = set()
        """Real paths of the folders whose entries matter."""
        self.ancestors: set[str] = set()
        """Folders to watch only to see a given path come and go."""
        self.unreadable: set[str] = set()
        """Folders that exist but cannot be listed; what was in them is not known to be gone."""
        self.problems: list[FileProblem] = []


def list_files(paths: Iterable[str], exclude: Iterable[str] = ()) -> Listing:
    """Walk folders and look at files, in the order given. Never raises OSError.

    `exclude` holds real paths that are not manifests whatever their name (our own snapshot).
    """
    walk = _Walk(set(exclude))
    for path in paths:
        if path != STDIN:
            walk.root(path)
    return walk.listing


def read_text(path: str) -> str | FileProblem:
    """A file's text, or why there is none."""
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


class _Walk:
    def __init__(self, exclude: set[str]) -> None:
        self.listing = Listing()
        self._seen = exclude  # real paths; a file or folder reached twice counts once

    def root(self, path: str) -> None:
        listing = self.listing
        listing.ancestors.update(_ancestors(path))
        try:
            status = os.stat(path)
        except OSError as error:
            listing.problems.append(unreadable(path, error))
            return
        if stat.S_ISDIR(status.st_mode):
            self._folder(path)
        elif stat.S_ISREG(status.st_mode):
            self._file(path, os.path.realpath(path), status)
            listing.directories.add(os.path.dirname(os.path.abspath(path)))
        else:
            listing.streams.append(path)

    def _folder(self, path: str) -> None:
        """Real entries before links, so that what is reached both ways has its real name."""
        pending, links = [path], list[str]()
        while pending or links:
            folder = pending.pop() if pending else links.pop(0)
            if os.path.islink(folder) and os.path.isfile(folder):
                self._entry_file(folder, os.path.realpath(folder))
                continue
            real = os.path.realpath(folder)
            if self._first_time(real):
                self._entries(folder, real, pending, links)

    def _entries(self, folder: str, real: str, pending: list[str], links: list[str]) -> None:
        self.listing.directories.add(real)
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
                if entry.is_dir() or _counts(entry.name):
                    links.append(entry.path)
            elif entry.is_dir():
                below.append(entry.path)
            elif _counts(entry.name):
                self._entry_file(entry.path, os.path.join(real, entry.name))
        pending.extend(reversed(below))

    def _entry_file(self, path: str, real: str) -> None:
        try:
            status = os.stat(path)
        except FileNotFoundError:
            return  # it went while we looked, or is a dangling link: there is no file
        except OSError as error:
            self.listing.problems.append(unreadable(path, error))
            return
        if stat.S_ISREG(status.st_mode):
            self._file(path, real, status)
        else:
            message = "is not a regular file"
            problem = FileProblem(path, None, None, message, "give it by name, or rename it")
            self.listing.problems.append(problem)

    def _file(self, path: str, real: str, status: os.stat_result) -> None:
        if not self._first_time(real):
            return
        self.listing.real[path] = real
        self.listing.files[path] = Signature(
            status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_dev
        )
        self.listing.directories.add(os.path.dirname(real))

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
