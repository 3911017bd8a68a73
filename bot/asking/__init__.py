"""Asking: the commands, messages and buttons of readers, and the replies that they get."""
