"""A published course as an open folder, which courses/starter.py loads again.

Markdown, YAML and media. What markdown would not give back letter for letter stands in a
fenced block that begins with ```block: its type and its value as YAML. So the folder that is
made of the loaded course is the same again, byte for byte.
"""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from bs4 import BeautifulSoup, NavigableString, Tag
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Page

from assessments.models import Question, QuestionVersion, Quiz, QuizDraw
from courses.markdown import Piece, pieces
from courses.models import CoursePage, UnitPage

FENCE = "block"  # the language of a fenced block that holds what markdown cannot say
PATH, FILE = "path", "file"  # of a link to a page or a document: instead of its id
LINK_ID = re.compile(r'(<a\b[^>]*?\blinktype="(page|document)"[^>]*?\b)id="(\d+)"')
ID_LINK = re.compile(r'(<a\b[^>]*?\b)id="(\d+)"([^>]*?\blinktype="(page|document)")')
FILES = {"image": ["image"], "download": ["document"], "media": ["sound", "small", "large"]}
Block = tuple[str, Any]


def export_course(course: CoursePage, folder: Path) -> list[str]:
    """Write what is published of `course` below `folder`; the names of the files, in order.

    The folder may be there but must be empty: FileExistsError otherwise.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(folder)
    _Export(course, folder).write()
    return _names(folder)


def folder_hash(folder: Path) -> str:
    """SHA-256 of the names and contents of all files below `folder`."""
    digest = hashlib.sha256()
    for name in _names(folder):
        content = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        digest.update(f"{name}\0{content}\n".encode())
    return digest.hexdigest()


def _names(folder: Path) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in files)


QUIZ_OPTIONS = (  # a folder need not name these
    "grace_seconds",
    "heartbeat_seconds",
    "lost_time_cap_minutes",
    "blind_marking",
    "tolerance_percent",
)


class _Export:
    def __init__(self, course: CoursePage, folder: Path):
        self.course = CoursePage.objects.get(pk=course.pk)  # as it is stored
        self.folder = folder
        self.media: dict[str, dict] = {}
        self.questions: dict[int, Question] = {}
        if course.quiz:
            for draw in course.quiz.draws.all():
                self._know(draw.questions())

    def write(self) -> None:
        listing: list[Any] = []
        for number, unit in enumerate(self.course.units(), start=1):
            name = f"{number:02}-{unit.slug}.md"
            self._save(f"units/{name}", self._unit(unit))
            module = unit.module
            if module is None:
                listing.append(name)
                continue
            if not (
                listing and isinstance(listing[-1], dict) and listing[-1]["slug"] == module.slug
            ):
                listing.append({"module": module.title, "slug": module.slug, "units": []})
            listing[-1]["units"].append(name)
        self._save("course.yaml", written(self._course() | {"units": listing}))
        rows = sorted(self.questions.values(), key=lambda question: question.ident)
        said = [_question(row, row.current) for row in rows if row.current]
        self._save("questions.yaml", written(said))
        self._save("media.yaml", written(dict(sorted(self.media.items()))))

    def _save(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def _know(self, questions: Iterable[Question]) -> None:
        self.questions.update({question.pk: question for question in questions})

    def _course(self) -> dict[str, Any]:
        course = self.course
        owner = course.owner_person
        return {
            "title": course.title,
            "slug": course.slug,
            "summary": course.summary,
            "language": course.language,
            "audience": sorted(course.audience.tokens.values_list("token", flat=True)),
            "owner": owner.employee_id if owner else None,
            "review_by": course.review_by.isoformat() if course.review_by else None,
            "minutes": course.minutes,
            "joining": course.joining,
            "competencies": [
                {"code": row.competency.code, "level": row.level.name}
                for row in course.competencies.select_related("competency", "level")
            ],
            "prerequisites": [
                {"course": row.completed.slug}
                if row.completed
                else {"certificate": row.certificate}
                if row.certificate
                else {"competency": row.competency.code, "level": row.level.name}
                for row in course.prerequisites.select_related("completed", "competency", "level")
            ],
            "quiz": _quiz(course.quiz) if course.quiz else None,
        }

    def _unit(self, unit: UnitPage) -> str:
        head = {
            "title": unit.title,
            "slug": unit.slug,
            "minutes": unit.minutes,
            "summary": unit.summary,
        }
        rows = [self._portable(block) for block in unit.body.raw_data]
        return f"---\n{written(head)}---\n\n{body_of(rows)}"

    def _portable(self, block: dict) -> Block:
        """A block whose rows are named by what another site knows them by."""
        kind, value = block["type"], block["value"]
        if kind in FILES:
            model = Image if kind == "image" else Document
            value = dict(value)
            for name in FILES[kind]:
                row = model.objects.filter(pk=value.get(name)).first()
                value[name] = self._keep(row) if row else None
        elif kind == "check":
            question = Question.objects.get(pk=value["question"])
            self._know([question])
            value = question.ident
        elif kind == "quiz":
            own = self.course.quiz_id == value["quiz"]
            value = "" if own else Quiz.objects.get(pk=value["quiz"]).slug
        elif kind == "text":
            value = self._portable_links(value)
        elif kind == "callout":
            value = value | {"text": self._portable_links(value["text"])}
        return kind, value

    def _portable_links(self, html: str) -> str:
        html = ID_LINK.sub(r'\1\3 id="\2"', html)
        return LINK_ID.sub(self._portable_link, html)

    def _portable_link(self, match: re.Match[str]) -> str:
        before, kind, pk = match.groups()
        if kind == "page":
            page = Page.objects.filter(pk=pk).first()
            return f'{before}{PATH}="{page.url_path if page else ""}"'
        document = Document.objects.filter(pk=pk).first()
        return f'{before}{FILE}="{self._keep(document) if document else ""}"'

    def _keep(self, row: Image | Document) -> str:
        """Copy the file of `row` under a name that is its content's; that name."""
        suffix = Path(row.file.name).suffix.lower()
        name = f"media/{row.get_file_hash()[:20]}{suffix}"
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with row.file.open("rb") as file:
            path.write_bytes(file.read())
        self.media[name] = {"title": row.title, "description": getattr(row, "description", "")}
        return name


def _quiz(quiz: Quiz) -> dict[str, Any]:
    return {
        "title": quiz.title,
        "slug": quiz.slug,
        "minutes": quiz.minutes,
        "pass_mark": quiz.pass_mark,
        "attempts": quiz.attempts_allowed,
        **{name: getattr(quiz, name) for name in QUIZ_OPTIONS},
        "draws": [_draw(row) for row in quiz.draws.select_related("category", "tag", "competency")],
    }


def _draw(draw: QuizDraw) -> dict[str, Any]:
    """What a draw asks for, and how many."""
    asked = {
        "category": draw.category and draw.category.slug,
        "tag": draw.tag and draw.tag.slug,
        "difficulty": draw.difficulty,
        "competency": draw.competency and draw.competency.code,
    }
    return {**{name: value for name, value in asked.items() if value}, "count": draw.count}


def _question(question: Question, version: QuestionVersion) -> dict[str, Any]:
    return {
        "ident": question.ident,
        "title": question.title,
        "category": question.category.slug,
        "tags": sorted(tag.slug for tag in question.tags.all()),
        "competency": question.competency.code if question.competency else "",
        "difficulty": question.difficulty,
        "retired": question.retired,
        "type": version.type,
        "stem": version.stem,
        "content": version.content,
        "feedback": version.feedback,
    }


# --- Text -------------------------------------------------------------------------------------


def written(value: Any) -> str:
    """YAML that gives `value` back; letters are escaped where one of them is a line end to YAML."""
    text = _dumped(value, allow_unicode=True)
    return text if yaml.safe_load(text) == value else _dumped(value, allow_unicode=False)


def _dumped(value: Any, *, allow_unicode: bool) -> str:
    return yaml.safe_dump(value, allow_unicode=allow_unicode, sort_keys=False, width=100)


def body_of(blocks: list[Block]) -> str:
    """Markdown from which `pieces` and `unfenced` give exactly these blocks."""
    parts: list[str] = []
    for place, block in enumerate(blocks):
        # Two texts that follow each other would become one.
        joined = block[0] == "text" and place > 0 and blocks[place - 1][0] == "text"
        parts.append(fenced(block) if joined else _part(block))
    body = "\n\n".join(parts) + "\n"
    if [unfenced(piece) for piece in pieces(body)] == blocks:
        return body
    return "\n\n".join(fenced(block) for block in blocks) + "\n"


def _part(block: Block) -> str:
    plain = _plain(block)
    if plain and [(piece.kind, piece.value) for piece in pieces(plain)] == [_as_piece(block)]:
        return plain
    return fenced(block)


def _as_piece(block: Block) -> Block:
    kind, value = block
    if kind == "image":
        return kind, {
            "src": f"../{value['image']}",
            "alt": value["alt"],
            "caption": value["caption"],
        }
    if kind == "table":
        rest = {name: part for name, part in value.items() if name != "data"}
        return kind, value["data"] if rest == {"first_row_is_table_header": True} else value
    return kind, value


def _plain(block: Block) -> str:
    """The block as markdown; whether that gives it back is for the caller to see."""
    kind, value = _as_piece(block)
    if kind == "text":
        return _markdown(BeautifulSoup(value, "html.parser")).strip()
    if kind == "image":
        caption = f' "{value["caption"]}"' if value["caption"] else ""
        return f"![{value['alt']}]({value['src']}{caption})"
    if kind == "code" and value["language"] != FENCE:
        return f"```{value['language']}\n{value['code']}\n```"
    if kind == "callout":
        text = _markdown(BeautifulSoup(value["text"], "html.parser")).strip()
        lines = [f"[!{value['kind'].upper()}]", *text.split("\n")]
        return "\n".join(f"> {line}".rstrip() for line in lines)
    if kind == "table" and isinstance(value, list) and value:
        rows = [f"| {' | '.join(str(cell) for cell in row)} |" for row in value]
        return "\n".join([rows[0], f"|{'---|' * len(value[0])}", *rows[1:]])
    if kind == "check":
        return f"{{{{check: {value}}}}}"
    return "{{quiz}}" if kind == "quiz" and value == "" else ""


def fenced(block: Block) -> str:
    text = written({"type": block[0], "value": block[1]})
    ticks = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", text) or [""]))
    return f"{ticks}{FENCE}\n{text}{ticks}"


def unfenced(piece: Piece) -> Block:
    """The block that a piece of a loaded unit stands for, its rows still by name."""
    value: Any = piece.value
    if piece.kind == "code" and value["language"] == FENCE:
        held = yaml.safe_load(value["code"])
        return held["type"], held["value"]
    if piece.kind == "image":
        src = value["src"].removeprefix("../")
        return "image", {"image": src, "alt": value["alt"], "caption": value["caption"]}
    if piece.kind == "table":
        return "table", {"data": value, "first_row_is_table_header": True}
    return piece.kind, value


MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*"}


def _markdown(parent: Tag) -> str:
    """Markdown of plain HTML: what it cannot say comes out wrong, and is fenced."""
    parts = []
    for child in parent.children:
        if isinstance(child, NavigableString):
            parts.append(re.sub(r"([\\`*_\[\]<])", r"\\\1", str(child)))
        elif isinstance(child, Tag):
            parts.append(_tag(child))
    return "".join(parts)


def _tag(tag: Tag) -> str:
    if tag.name in MARKS:
        return f"{MARKS[tag.name]}{_markdown(tag)}{MARKS[tag.name]}"
    if tag.name == "code":
        return f"`{tag.get_text()}`"
    if tag.name == "a":
        return f"[{_markdown(tag)}]({tag.get('href', '')})"
    if tag.name == "br":
        return "  "
    if tag.name in ("h2", "h3", "h4"):
        return f"{'#' * int(tag.name[1])} {_markdown(tag)}\n"
    if tag.name in ("ul", "ol"):
        return _items(tag) + "\n"
    return f"{_markdown(tag)}\n"


def _items(items: Tag) -> str:
    lines = []
    for number, item in enumerate(items.find_all("li", recursive=False), start=1):
        mark = f"{number}. " if items.name == "ol" else "- "
        text = _markdown(item).strip().replace("\n", "\n" + " " * len(mark))
        lines.append(mark + text)
    return "\n".join(lines)
