"""From a question to an answer: search, rank, choose, and say how sure that is."""
