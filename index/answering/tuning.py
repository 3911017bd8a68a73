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

    unread: float = 0.29
    """The highest confidence where the model in use does not read the language of the question, or of the sentence: too
    low for an answer, so that the sentence is shown at most as one that may answer. Of XQuAD's German questions, the
    default model finds the right sentence for 65%, and declines 98% of those that are absent; of its Chinese ones, 46%
    and 72%."""

    abroad: float = 0.6
    abroad_most: float = 0.79
    """Where the best sentence is in another language than the question, this is added to the confidence's log-odds, and
    the result is at most so high, below "very sure". The ranker saw articles only as if they were in another language,
    and is too careful with real ones. Fitted for multilingual-e5-small on 800 questions of our own: 100 of those of
    newsqa-dev, 60 of them with an answer, asked in eight languages. The log loss falls from .55 to .52, 60% are
    answered instead of 47%, and 84% of the absent ones are declined instead of 93%. Fits that hold one language out at
    a time add .57 to .76, and 79% to 88% of what they would call very sure is right."""

    near: float = 0.6
    """The articles are near the topic if the first sentence's passage has at least this share of the question's terms,
    weighted by rarity, or if they have a name that the question has."""

    log_odds: float = 6.0
    """Without the learned ranker, the search's scores are multiplied by this. Then they spread as the ranker's scores
    do, which are log-odds."""

    usual_spread: float = 6.0
    """How far the tenth best score usually is below the best: the median over newsqa-dev's specific questions. The
    margins below are shares of that distance, measured for each question. This value replaces it if there are fewer
    than ten scores."""

    worth_quoting: float = 0.06
    other_part: float = 0.03
    new_words: float = 0.5
    """A second or third quote is shown if its share of all chances (the softmax of the scores of `Answer.closest`) is
    at least `worth_quoting`, and the share `new_words` of its terms is new. `other_part` is enough for a quote that
    gives what no quote before it gives for a part of the question. Cross-validated on newsqa-dev's specific questions,
    with 0.06 one of 1.8 quotes is right for 74% of them, with 0.15 one of 1.3 for 68%, and the first for 58%; before
    what is context or says the same is left out."""

    equally_good: float = 0.3
    """If the newest is asked for, the sentences whose scores are at most this share of the spread below the best are
    ordered by date. On newsqa-dev that is the best one and, on average, one of the next two."""

    as_good: float = 0.1
    """The same share where the articles are in several languages: what is no more than that below the best, and in the
    question's language, comes first."""

    answers_too: float = 4.5
    """How far below the best sentence, in nats, one may be that is compared with it: whether it says otherwise."""

    half: float = 0.6
    """For a question that leans, the confidence is raised to this power, so it grows. Such a question says only half of
    what is asked, so less of it can be matched. With it, 25 of the bundled story's 27 right follow-ups are shown, and
    of 20 follow-ups that the story does not answer, 18 are declined."""

    likeness: float = 5.0
    background: float = 1.5
    faint_background: float = 0.05
    quoted_before: float = 0.7
    """The weights of a follow-up (see `followup.weigh`). `likeness` is the weight of the search's own score beside the
    ranker's, because the ranker understands half a question less well. `background` is the weight of the scores for the
    background beside those for the question; `faint_background` is the same for a question that merely names nobody.
    `quoted_before` is the share of the spread that sentences like the last quote lose. Measured on the bundled story's
    34 follow-ups, of which 27 find the right sentence first; with a `background` of 0.8 they are 26, with 1.8 25."""
