"""Which kinds the API serves: names, versions, schemas, columns."""
