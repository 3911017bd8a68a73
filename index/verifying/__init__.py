"""Verifies a text that is said to be from the articles: word for word, altered, or not from them."""
