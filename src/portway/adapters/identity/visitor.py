"""What a proxy shows to a control plane, and by whom it knows one: files that may change.

Knows Python's TLS contexts, and the three files of a mounted Secret. Must not know who connects to
where. The files are read again for each connection: what is connected with next is what is there
then, and nonsense is not used while there was ever anything good.
"""

import logging
import ssl
from pathlib import Path

_log = logging.getLogger(__name__)


class VisitorError(OSError):
    """There is nothing to show. The message names the folder and the cure."""


class Visitor:
    """The credentials in one folder: `tls.crt`, `tls.key` and `ca.crt`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._good: ssl.SSLContext | None = None
        self._said = ""

    def context(self) -> ssl.SSLContext:
        """For one connection. Raises VisitorError while the files were never good."""
        try:
            self._good = self._read()
            self._said = ""
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            if self._good is None:
                raise VisitorError(
                    f"the credentials in {self._folder} cannot be used: {error}. They are "
                    "tls.crt, tls.key and ca.crt of the Secret that the control plane has made"
                ) from None
            if str(error) != self._said:
                self._said = str(error)
                _log.warning("%s: %s; the ones before stay in use", self._folder, error)
        return self._good

    def _read(self) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        made.set_alpn_protocols(["h2"])
        made.load_cert_chain(self._folder / "tls.crt", self._folder / "tls.key")
        made.load_verify_locations(cafile=self._folder / "ca.crt")
        return made
