"""Waiting: tells readers the answer to a question that found none, when articles bring it."""
