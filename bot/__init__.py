"""Pullquote's two faces: the Discord bot and the command line. Both ask the library in `index`."""
