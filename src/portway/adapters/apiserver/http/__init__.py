"""The store over HTTP: paths, media types, discovery, tables, watches, TLS."""
