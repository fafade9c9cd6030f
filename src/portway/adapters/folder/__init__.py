"""Files and folders of manifests as a source of events.

Knows how a manifest is written (YAML and JSON as kubectl reads them), which files count, what an
API server would add to an object, and how a folder changes under our feet. Must not know what any
kind means: decoding belongs to the core's api package, routing to what comes after.
"""
