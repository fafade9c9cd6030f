"""The graph in words and as a drawing, for documentation and for finding out what read what.

Knows names, kinds and arrows. Fetch arrows are the recorded ones: they show what was read by the
keys that exist now, which is the truth, and not what somebody declared once.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from portway.core.graph.collection import Node

Nodes = Sequence[Node[Any, Any]]


def text(nodes: Nodes) -> str:
    """One line per collection in order of creation."""
    return "\n".join(_line(node, nodes) for node in nodes)


def dot(nodes: Nodes) -> str:
    """A Graphviz digraph: solid arrows are inputs, dashed arrows are recorded reads."""
    lines = ["digraph portway {", "  rankdir=LR;"]
    for node in nodes:
        lines.append(f'  "{node.name}" [label="{node.name}\\n{node.kind}"];')
        lines += [f'  "{each.name}" -> "{node.name}";' for each in node._over]
        lines += [f'  "{read}" -> "{node.name}" [style=dashed];' for read in _reads(node, nodes)]
    return "\n".join([*lines, "}"])


def _line(node: Node[Any, Any], nodes: Nodes) -> str:
    line = f"{node.name}: {node.kind}"
    if node._over:
        line += f" over {', '.join(each.name for each in node._over)}"
    reads = ", ".join(_reads(node, nodes))
    return f"{line}, reads {reads}" if reads else line


def _reads(reader: Node[Any, Any], nodes: Nodes) -> Iterable[str]:
    return (node.name for node in nodes if reader in node._readers)
