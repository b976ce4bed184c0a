from assessments.bank import import_questions
from assessments.models import Category, Quiz, QuizDraw

BANK = """
$CATEGORY: net/basics

::one:: Which layer does a switch work on? {=data link#Right. ~physical#No, a hub. ####Frames.}

::two:: Which are private? {~%50%10.0.0.1#yes ~%50%192.168.1.1#yes ~%-100%8.8.8.8#no}

::three:: DNS uses port 53. {TRUE#It does.#Yes.}

::four:: Which tool asks a name server? {=dig#Yes =nslookup}

::five:: How many usable addresses has a /26? {#62:0#Right}

::six:: Match {=A -> IPv4 =AAAA -> IPv6 =MX -> mail}
"""


def quiz_with_bank(**fields) -> Quiz:
    """A quiz of all six types."""
    import_questions(BANK)
    quiz = Quiz.objects.create(slug="basics", title="Basics", **fields)
    QuizDraw.objects.create(
        quiz=quiz, category=Category.objects.get(slug="net/basics"), count=6, order=1
    )
    return quiz


RIGHT = {
    "one": 0,
    "two": [0, 1],
    "three": True,
    "four": "DIG ",
    "five": "62",
    "six": ["IPv4", "IPv6", "mail"],
}
