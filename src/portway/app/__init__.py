"""The application: composition only.

It starts adapters, feeds the core and carries out its results.
"""
