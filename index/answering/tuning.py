"""The numbers that answers turn on, and what they were measured on."""

from dataclasses import dataclass

DEFAULT_THRESHOLD = 0.3
"""The confidence from which on a question is answered."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """A logistic model of whether the best sentence answers, in what speaks for it, where no learned ranker takes part.

    Fitted on the specific questions of newsqa-dev against those of dev-absent, and on the bundled story's, answerable
    and not weighted alike, without the adapter; then moved so that even odds lie at DEFAULT_THRESHOLD. That the
    passage's cosine counts against an answer is right: at the same cosine of the sentence, a nearer passage means that
    the articles are on the topic and the sentence no more than that.
    """

    intercept: float = -9.69
    maxsim: float = 13.4
    coverage: float = 2.5
    sentence_cosine: float = 6.2
    passage_cosine: float = -3.4


@dataclass(frozen=True, slots=True)
class Tuning:
    """The numbers that the search and the choice of quotes turn on; measured where it says so."""

    candidates: int = 50
    """Passages whose sentences are ranked. At 50, 99% of newsqa-dev's answers are among them."""

    fetched: int = 100
    """Passages asked for by vectors and by words each, before they are fused."""

    background_passages: int = 300
    """Passages without any of the question's words that rarity is counted over besides the libraries' own: a library of
    a few articles says little about which words are rare."""

    stop_word: float = 1.5
    """What a stop word of the question weighs in MaxSim, where a word that is in every passage weighs 0.7, and one that
    is in a hundredth of them 4.6. Nothing from 0.7 to 2.5 was better or worse on newsqa-dev."""

    bm25_k1: float = 1.2
    bm25_b: float = 0.75

    passage_words: float = 0.5
    """Weight of a passage's BM25, over the best passage's, beside its cosine when candidates are fused."""

    maxsim: float = 3.4
    passage_cosine: float = -0.66
    passage_share: float = 0.52
    nearby: float = 0.45
    """Weights of a sentence's score beside its own cosine: contextual MaxSim, the cosine of its passage (of two equally
    near sentences the one that stands out from its passage), the BM25 of its passage over the best one's, and how much
    of the question it covers with its neighbours. Fitted on SQuADShifts' Amazon and Reddit domains, half of SQuAD 2.0's
    development set, XQuAD in English and newsqa-dev, all weighing the same; a sentence's own BM25 adds nothing to them.
    """

    confidence: Confidence = Confidence()

    log_odds: float = 6.0
    """What the search's own scores are multiplied by where no learned ranker takes part, so that they spread as its
    scores do, which are log-odds."""

    usual_spread: float = 6.0
    """How far the tenth best score lies below the best: the median over newsqa-dev's specific questions. The three
    margins below are shares of that distance, as each question has it; this one stands in where there are no ten."""

    worth_quoting: float = 0.4
    new_words: float = 0.5
    """A second or third quote may fall short of the best score by this share of how far the tenth does, and this share
    of its words of meaning must be new. On newsqa-dev's specific questions 2.2 of three quotes are shown, and the right
    sentence is among these in 95 of 100 cases in which it is among the three (with 0.3: 1.8 quotes, 92; with 0.5: 2.5
    quotes, 97)."""

    equally_good: float = 0.3
    """Where the newest is asked for, sentences that fall short of the best score by less than this share of how far the
    tenth does go by date. On newsqa-dev that is the best one and, on average, one of the next two."""

    half: float = 0.6
    """The power that the confidence in an answer to a question that leans is raised to: such a question says half of
    what is asked, and less of it can be found. Of the bundled story's right follow-ups it shows more, and of 20 that it
    does not answer 18 are declined with it and without."""

    likeness: float = 3.0
    background: float = 1.0
    faint_background: float = 0.2
    quoted_before: float = 0.7
    """For a follow-up: what the search's own score weighs beside the ranker's, which knows less of what half a question
    is about; what both for what it leans on weigh beside both for its own words; the latter for a question that merely
    names nobody; and by which share of the tenth's distance what was quoted before steps back. Measured on the bundled
    story's 34 follow-ups (26 right) and on newsqa-dev's questions that are not specific, each asked after one that is
    and of the same article: of 160 that name nobody 52% get the right first quote, 46% alone; of 80 that lean 31% and
    24%."""
