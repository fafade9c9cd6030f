"""Objects with the semantics of an API server, kept in memory and in a journal; no HTTP in it."""
