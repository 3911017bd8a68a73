"""English: its stop words. The other patterns stand in the modules that use them."""

STOP_WORDS = frozenset(
    """
    a about again all also am an and any are as at be because been before being between both but by can could did do
    does doing done for from further had has have having he her here hers herself him himself his how i if in into is
    it its itself just may me might more most must my myself no nor not of off on once only or other our ours out over
    own same shall she should so some such than that the their theirs them themselves then there these they this those
    through to too under until up very was we were what when where which while who whom whose why will with would you
    your yours yourself
    """.split()
)
"""Words that only build sentences and say nothing about the topic. Full-text search ignores them."""
