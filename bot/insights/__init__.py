"""Insights: what the readers of a server asked, for its editors."""
