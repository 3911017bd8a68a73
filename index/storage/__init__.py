"""Where a library is kept: SQLite, the one truth, and FAISS, derived from it."""
