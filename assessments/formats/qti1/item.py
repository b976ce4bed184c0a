"""An item taken apart: its text with a mark where each response stands, and its rules. Pure."""

from assessments.formats.outcomes import (
    Text,
    join,
)
from assessments.formats.qti1.material import material_text
from assessments.formats.qti1.rules import Rules
from assessments.formats.xml import Node

RESPONSES = ("response_lid", "response_str", "response_num", "response_grp")


def metadata_of(node: Node) -> dict[str, str]:
    return {
        field.text_at("fieldlabel").lower(): field.text_at("fieldentry")
        for field in node.all("qtimetadatafield")
    }


class Item:
    """An item taken apart: its text with a mark where each response stands, and its rules."""

    def __init__(self, node: Node, presentation: Node):
        self.metadata = {k: v for m in node.all("qtimetadata") for k, v in metadata_of(m).items()}
        self.responses: list[Node] = []
        self.pieces: list[Text] = []
        self._walk(presentation)
        self.stem, self.form = join([piece for piece in self.pieces if piece[1] != "mark"])
        self.rules = Rules(node)

    @property
    def kind(self) -> str:
        """What the system that wrote the file calls the type, if it does."""
        return self.metadata.get("question_type") or self.metadata.get("cc_profile", "")

    def _walk(self, node: Node) -> None:
        for child in node.elements():
            if child.tag == "material":
                self.pieces.append(material_text(child))
            elif child.tag in RESPONSES:
                self.responses.append(child)
                self.pieces.append((f"[[{len(self.responses)}]]", "mark"))
            else:
                self._walk(child)

    def marked(self) -> Text:
        """The text with its marks, for a text with gaps."""
        return join([(t, "plain" if f == "mark" else f) for t, f in self.pieces], " ")

    def last_is_mark(self) -> bool:
        return bool(self.pieces) and self.pieces[-1][1] == "mark"
