"""The question bank, quizzes, the attempts at them, and what people mark and correct."""

from assessments.models.attempts import (
    AnswerFile,
    Attempt,
    AttemptMove,
    Heartbeat,
    Response,
    Slot,
    TimeGrant,
)
from assessments.models.bank import Category, Question, QuestionImport, QuestionVersion, Tag
from assessments.models.marking import KeyCorrection, Marking, ScoreChange
from assessments.models.quizzes import Accommodation, Quiz, QuizDraw

__all__ = [
    "Accommodation",
    "AnswerFile",
    "Attempt",
    "AttemptMove",
    "Category",
    "Heartbeat",
    "KeyCorrection",
    "Marking",
    "Question",
    "QuestionImport",
    "QuestionVersion",
    "Quiz",
    "QuizDraw",
    "Response",
    "ScoreChange",
    "Slot",
    "Tag",
    "TimeGrant",
]
