"""An EndpointPickerConfig file as a profile and as flow control.

Knows files. Must not know what is in one: `portway.core.pick.config` does.
"""

from pathlib import Path

import yaml

from portway.app.cli.failure import USAGE, Failure
from portway.app.picker.desk import Flow
from portway.core.pick import Profile, config


def read(path: Path | None, hold: float | None) -> tuple[Profile, Flow]:
    """What a file says; the defaults without one. ``hold`` in seconds counts before the file's.
    Raises Failure for a file that cannot be used."""
    found = config.Config()
    if path is not None:
        try:
            found = config.read(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, yaml.YAMLError, config.BadConfig) as error:
            raise Failure(f"{path}: {error}", USAGE) from None
    flow = found.flow
    return found.profile, Flow(
        queues=flow.on,
        patience=flow.patience,
        hold=flow.hold if hold is None else hold,
        queue=flow.queue,
    )
