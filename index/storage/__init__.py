"""Where a library is stored: in SQLite, which holds all the data, and in files of vectors that are derived from it."""
