"""Libraries and records are killed, starved, damaged and searched for what was withdrawn.

Work is done in processes of its own, whose changes to files go wrong one after the other (`faults.c`, which is built
with `cc`). Default sizes fit into a run of all slow tests; PULLQUOTE_TORTURE multiplies them:

    PULLQUOTE_TORTURE=5 pytest -m slow tests/torture
"""
