"""Pullquote's library: answers questions about articles by quoting the sentences that answer them, word for word.

It knows nothing of Discord. Importing it loads no model and needs no settings.
"""

from index import evaluate
from index.answering.asking import Asking, asking_in
from index.answering.context import neighbours
from index.answering.explaining import Considered, Explanation
from index.answering.intent import is_about_the_articles, talk_in
from index.answering.newcomers import NEAR, AwaitedQuestion
from index.answering.pipeline import Confidence
from index.answering.question import check_question
from index.answering.reranker import CrossEncoderReranker
from index.answering.smalltalk import Talk
from index.answering.tuning import DEFAULT_THRESHOLD
from index.changes import (
    Change,
    article_removal,
    articles_per_source,
    change_as_json,
    change_from_json,
    find_address,
    inverse,
    make_change,
    plan_change,
    seen_in,
    source_privacy,
    source_removal,
    sources_of,
    together,
)
from index.encoding.encoder import Encoder
from index.encoding.loading import DEFAULT_MODEL, DEFAULT_MODEL_SHA256
from index.encoding.sentence_transformer import SentenceTransformerEncoder
from index.errors import (
    ArticleError,
    Conflict,
    LibraryBusy,
    LibraryDamaged,
    LibraryError,
    LibraryUnreachable,
    ModelError,
    ModelMismatch,
    NoRoom,
    OutOfResources,
    ParserError,
    PullquoteError,
    QuestionError,
    Remedy,
    SourceError,
    SourceGone,
    TooCostly,
)
from index.intake import (
    NoticedChange,
    article_edit,
    heeds,
    overlapping,
    read_address,
    read_addresses,
    read_all,
    read_export,
    read_files,
    read_folder_source,
    read_hub,
    read_noticed,
    read_pasted,
    read_source,
    read_upload,
    read_whole_folder,
)
from index.known import KNOWN_MODELS
from index.library import Library
from index.naming import short_key
from index.opinion import OPINION
from index.opinion import marked as with_opinion_marked
from index.origin import Origin, OriginKind, is_address
from index.parts import EncodedPart, StagedChange, begin_parts, encode_part, staged_change
from index.private_files import close_to_others, make_private
from index.resources import is_damage, shortage, sqlite_code
from index.sources.address import complete_address
from index.sources.facts import Facts
from index.sources.feed import Hub
from index.sources.folder import ArticlesRead, read_folder
from index.sources.lines import as_line
from index.sources.notices import Notice
from index.sources.parser import Parser
from index.sources.reading import rests_until
from index.sources.results import Problem, SourceResult
from index.sources.sample import sample_articles
from index.sources.web import Web
from index.storage.copying import check_connection, check_database, copy_database
from index.storage.engine import BASE, MOVING, EmbeddedEngine, Engine, Server, is_database, open_engine
from index.storage.moving import Move
from index.storage.postgres.locks import lock_number
from index.storage.staging import PartState, Staging, StagingPlan
from index.storage.transfer import Contents
from index.types import (
    Answer,
    Article,
    Conditions,
    Differing,
    Disagreement,
    Edition,
    Fault,
    Freshness,
    Headline,
    KeptGeneration,
    Limits,
    NewPassages,
    OnProgress,
    Outcome,
    Passage,
    Pin,
    Progress,
    Quota,
    Quote,
    Refusal,
    RefusedKind,
    Revision,
    Rewording,
    Sentence,
    SentenceKey,
    Size,
    Source,
    SourcePage,
    SourceUpdate,
    Span,
    Timing,
    UpdateReport,
    Withdrawal,
)
from index.verifying.checking import check_pasted
from index.verifying.types import Checked, Difference, Earlier, Former, Manner, Matter, Piece, Verdict, Verification

__all__ = [
    "BASE",
    "DEFAULT_MODEL",
    "DEFAULT_MODEL_SHA256",
    "DEFAULT_THRESHOLD",
    "KNOWN_MODELS",
    "MOVING",
    "NEAR",
    "OPINION",
    "Answer",
    "Article",
    "ArticleError",
    "ArticlesRead",
    "Asking",
    "AwaitedQuestion",
    "Change",
    "Checked",
    "Conditions",
    "Confidence",
    "Conflict",
    "Considered",
    "Contents",
    "CrossEncoderReranker",
    "Difference",
    "Differing",
    "Disagreement",
    "Earlier",
    "Edition",
    "EmbeddedEngine",
    "EncodedPart",
    "Encoder",
    "Engine",
    "Explanation",
    "Facts",
    "Fault",
    "Former",
    "Freshness",
    "Headline",
    "Hub",
    "KeptGeneration",
    "Library",
    "LibraryBusy",
    "LibraryDamaged",
    "LibraryError",
    "LibraryUnreachable",
    "Limits",
    "Manner",
    "Matter",
    "ModelError",
    "ModelMismatch",
    "Move",
    "NewPassages",
    "NoRoom",
    "Notice",
    "NoticedChange",
    "OnProgress",
    "Origin",
    "OriginKind",
    "OutOfResources",
    "Outcome",
    "Parser",
    "ParserError",
    "PartState",
    "Passage",
    "Piece",
    "Pin",
    "Problem",
    "Progress",
    "PullquoteError",
    "QuestionError",
    "Quota",
    "Quote",
    "Refusal",
    "RefusedKind",
    "Remedy",
    "Revision",
    "Rewording",
    "Sentence",
    "SentenceKey",
    "SentenceTransformerEncoder",
    "Server",
    "Size",
    "Source",
    "SourceError",
    "SourceGone",
    "SourcePage",
    "SourceResult",
    "SourceUpdate",
    "Span",
    "StagedChange",
    "Staging",
    "StagingPlan",
    "Talk",
    "Timing",
    "TooCostly",
    "UpdateReport",
    "Verdict",
    "Verification",
    "Web",
    "Withdrawal",
    "article_edit",
    "article_removal",
    "articles_per_source",
    "as_line",
    "asking_in",
    "begin_parts",
    "change_as_json",
    "change_from_json",
    "check_connection",
    "check_database",
    "check_pasted",
    "check_question",
    "close_to_others",
    "complete_address",
    "copy_database",
    "encode_part",
    "evaluate",
    "find_address",
    "heeds",
    "inverse",
    "is_about_the_articles",
    "is_address",
    "is_damage",
    "is_database",
    "lock_number",
    "make_change",
    "make_private",
    "neighbours",
    "open_engine",
    "overlapping",
    "plan_change",
    "read_address",
    "read_addresses",
    "read_all",
    "read_export",
    "read_files",
    "read_folder",
    "read_folder_source",
    "read_hub",
    "read_noticed",
    "read_pasted",
    "read_source",
    "read_upload",
    "read_whole_folder",
    "rests_until",
    "sample_articles",
    "seen_in",
    "short_key",
    "shortage",
    "source_privacy",
    "source_removal",
    "sources_of",
    "sqlite_code",
    "staged_change",
    "talk_in",
    "together",
    "with_opinion_marked",
]
