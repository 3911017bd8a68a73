"""Measures a library on questions whose answers are known.

`load` reads articles and questions, `fill` puts the articles into a library, `run` asks it every question, and
`measure` and `risk_coverage` turn what came back into figures and a curve. A hit is a quote that overlaps one of the
question's answers, in the article that the question is about. An absent question is one that no article answers.
"""

from index.evaluate.asking import Indexing, Nearest, QuestionResult, fill, run
from index.evaluate.dataset import EvaluationSet, KnownQuestion, load
from index.evaluate.measures import CurvePoint, Estimate, Figures, Tenth, measure, risk_coverage

__all__ = [
    "CurvePoint",
    "Estimate",
    "EvaluationSet",
    "Figures",
    "Indexing",
    "KnownQuestion",
    "Nearest",
    "QuestionResult",
    "Tenth",
    "fill",
    "load",
    "measure",
    "risk_coverage",
    "run",
]
