"""Loading files for a command, with what can go wrong in one clear sentence."""

import os
from typing import TYPE_CHECKING

from portway.app.cli.failure import FINDINGS, USAGE, Failure

if TYPE_CHECKING:
    from portway.app.offline import Offline


def load(paths: tuple[str, ...]) -> "Offline":
    """`portway.app.offline.load`. Raises Failure for a path that is not there, and when Envoy's
    schema cannot be had."""
    from portway.adapters.envoy.binary import BinaryError
    from portway.adapters.envoy.descriptors import DescriptorError
    from portway.app import offline

    for path in paths:
        if path != "-" and not os.path.exists(path):
            raise Failure(f"{path} does not exist: give a file or folder of manifests", USAGE)
    try:
        return offline.load(paths)
    except (BinaryError, DescriptorError) as error:
        raise Failure(str(error), FINDINGS) from None
