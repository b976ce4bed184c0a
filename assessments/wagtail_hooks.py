from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from assessments.models import Question, Quiz


class QuestionViewSet(SnippetViewSet):
    model = Question
    icon = "help"
    list_display = ["ident", "title", "category", "difficulty"]
    list_filter = ["category", "tags", "competency", "difficulty"]
    add_to_admin_menu = False


class QuizViewSet(SnippetViewSet):
    model = Quiz
    icon = "tick"
    list_display = ["title", "minutes", "pass_mark"]


register_snippet(QuestionViewSet)
register_snippet(QuizViewSet)
