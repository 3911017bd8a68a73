"""The desk: what the editors of a server do with its articles, sources and settings."""
