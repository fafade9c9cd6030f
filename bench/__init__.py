"""Measurements of Portway on this machine: `python -m bench`, or `make bench`.

Knows how to measure honestly (interleaved arms, a control, discarded shots) and which targets the
project set itself. Must not hold a result: every number in `results/` was measured by a run that
says when and where.

    __main__ ─► a file per benchmark        probe · churned · lossless · footprint
                    │                       restart · matching · data_path
                    ├─► rounds              interleaving, order, which rounds to keep
                    ├─► arms · peer · bare · neighbours      what is measured
                    ├─► folder · churn      the manifests, and how they change
                    ├─► prober · loads · generator · witness    who asks
                    └─► outcome ─► report · chart            what was found
"""
