"""The command line `pullquote`. The only room that knows typer and rich."""
