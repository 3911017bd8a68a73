"""Tests that do to the whole of Pullquote what a year of service may do to it."""
