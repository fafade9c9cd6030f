"""Measurements of Portway on this machine: `python -m bench`, or `make bench`.

Knows how to measure honestly (interleaved arms, a control, discarded shots) and nothing about what
the numbers should be. Must not hold a result: every number in `results/` was measured by a run that
says when and where.
"""
