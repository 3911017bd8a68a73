"""The storage engine for PostgreSQL. Nothing of it is imported before a database is named."""
