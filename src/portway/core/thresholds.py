"""From which size on a table of routes, or a host, takes another shape (decisions 0008 and 0009).

Numbers and nothing else: the command line shows them without loading what obeys them.
"""

from typing import Final

SCOPES_FROM: Final = 64
"""Exact hosts from which on a table is split into scopes; below, one table is as cheap."""
TREES_FROM: Final = 16
"""Different paths from which on a host is a tree; below, a list is as fast."""
