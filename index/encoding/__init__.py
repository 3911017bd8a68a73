"""Turns texts into vectors: the encoder, the adapter that was trained on top of it, and the weights of both."""
