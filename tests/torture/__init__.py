"""Libraries, records and the whole bot are killed, starved, damaged, stormed and left running.

Libraries and records work in processes of their own, whose changes to files go wrong one after the other (`faults.c`,
which is built with `cc`); what was withdrawn is looked for in every byte. The whole bot runs in SimCord, where Discord
fails (`wire.py`), where people and forgers of three servers play, and where it runs for hours of simulated time
(`gazette.py` starts it over a small library).
Default sizes fit into a run of all slow tests; PULLQUOTE_TORTURE multiplies them:

    PULLQUOTE_TORTURE=5 pytest -m slow tests/torture
"""
