"""Texts as vectors: the encoder, what was trained on top of it, and the weights of both."""
