"""In from the newsroom's side: sites say that a page has changed, and it is read at once."""
