"""How the learned parts were made: `python -m index.train --help`. Nothing of it is needed to answer questions."""
