"""The way to `bench`, which is no part of the installed package.

Knows where the repository begins, and nothing else.
"""

import sys
from pathlib import Path

_ROOT = str(Path(__file__).parents[2])
if _ROOT not in sys.path:
    sys.path.insert(0, _ROOT)
