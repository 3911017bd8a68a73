"""The parameters of search and answers, and the data on which they were measured."""

from dataclasses import dataclass

DEFAULT_THRESHOLD = 0.3
"""The lowest confidence at which a question is answered."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """A logistic model of the probability that the best sentence answers, used without the learned ranker.

    It was fitted without the adapter on the specific questions of newsqa-dev against those of dev-absent, and on the
    bundled story's questions; answerable and unanswerable ones have the same total weight. Then it was shifted so that
    even odds are at DEFAULT_THRESHOLD. The weight of the passage's cosine is rightly negative: if the sentence's cosine
    is the same, a nearer passage means that the articles are on the topic, but the sentence is no more than that.
    """

    intercept: float = -9.69
    maxsim: float = 13.4
    coverage: float = 2.5
    sentence_cosine: float = 6.2
    passage_cosine: float = -3.4


@dataclass(frozen=True, slots=True)
class Tuning:
    """The parameters of the search and of the choice of quotes. Where it says so, they were measured."""

    candidates: int = 50
    """Passages whose sentences are ranked. At 50, 99% of newsqa-dev's answers are among them."""

    fetched: int = 100
    """How many passages the vector search and the word search each give, before they are fused."""

    background_passages: int = 300
    """Rarity is computed as if there were this many more passages without any of the question's words. A library of a
    few articles alone says little about which words are rare."""

    stop_word: float = 1.5
    """The weight of a stop word in MaxSim. For comparison, a word in every passage has 0.7, and a word in one of a
    hundred passages has 4.6. All values from 0.7 to 2.5 were equally good on newsqa-dev."""

    bm25_k1: float = 1.2
    bm25_b: float = 0.75

    passage_words: float = 0.5
    """The weight of a passage's BM25, divided by that of the best passage, against its cosine in the fused score."""

    maxsim: float = 3.4
    passage_cosine: float = -0.66
    passage_share: float = 0.52
    nearby: float = 0.45
    """The weights of a sentence's score, where its own cosine has the weight 1: contextual MaxSim; the cosine of its
    passage (negative: of two equally near sentences, prefer the one that stands out from its passage); the BM25 of its
    passage, divided by the best; and the share of the question that it covers with its neighbours. They were fitted on
    SQuADShifts' Amazon and Reddit domains, half of SQuAD 2.0's development set, XQuAD in English and newsqa-dev, all
    with the same weight. A sentence's own BM25 adds nothing to them."""

    confidence: Confidence = Confidence()

    perhaps: float = 0.15
    """The lowest confidence at which the first sentence is shown as one that may answer the question."""

    log_odds: float = 6.0
    """Without the learned ranker, the search's scores are multiplied by this. Then they spread as the ranker's scores
    do, which are log-odds."""

    usual_spread: float = 6.0
    """How far the tenth best score usually is below the best: the median over newsqa-dev's specific questions. The
    margins below are shares of that distance, measured for each question. This value replaces it if there are fewer
    than ten scores."""

    worth_quoting: float = 0.4
    new_words: float = 0.5
    """A second or third quote is shown if its score is at most `worth_quoting` times the spread below the best, and if
    the share `new_words` of its terms is new. On newsqa-dev's specific questions this shows 2.2 of three quotes; if the
    right sentence is among the three, it is shown in 95 of 100 cases (with 0.3: 1.8 quotes, 92; with 0.5: 2.5 quotes,
    97)."""

    equally_good: float = 0.3
    """If the newest is asked for, the sentences whose scores are at most this share of the spread below the best are
    ordered by date. On newsqa-dev that is the best one and, on average, one of the next two."""

    half: float = 0.6
    """For a question that leans, the confidence is raised to this power, so it grows. Such a question says only half of
    what is asked, so less of it can be matched. With it, more of the bundled story's right follow-ups are shown; of 20
    follow-ups that the story does not answer, 18 are declined with it and without it."""

    likeness: float = 3.0
    background: float = 1.0
    faint_background: float = 0.2
    quoted_before: float = 0.7
    """The weights of a follow-up (see `followup.weigh`). `likeness` is the weight of the search's own score beside the
    ranker's, because the ranker understands half a question less well. `background` is the weight of the scores for the
    background beside those for the question; `faint_background` is the same for a question that merely names nobody.
    `quoted_before` is the share of the spread that sentences like the last quote lose. Measured on the bundled story's
    34 follow-ups (26 right), and on newsqa-dev's questions that are not specific, each asked after a specific one about
    the same article: of 160 that name nobody, 52% get the right first quote (46% when asked alone); of 80 that lean,
    31% (24% alone)."""
