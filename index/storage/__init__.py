"""Where a library is stored: in SQLite, which holds all the data, and in a FAISS index that is derived from it."""
