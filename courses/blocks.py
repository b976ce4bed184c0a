"""What a unit is made of. One template per block in templates/courses/blocks/."""

from django.template.defaultfilters import filesizeformat
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.contrib.table_block.blocks import TableBlock
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock
from wagtail.snippets.blocks import SnippetChooserBlock

TEXT_FEATURES = ["h2", "h3", "bold", "italic", "code", "ol", "ul", "link", "document-link", "hr"]


class ImageBlock(blocks.StructBlock):
    image = ImageChooserBlock()
    alt = blocks.CharBlock(
        max_length=400, label=_("what the picture shows"), help_text=_("For those who cannot see.")
    )
    caption = blocks.CharBlock(max_length=300, required=False)

    class Meta:
        icon = "image"
        template = "courses/blocks/image.html"


class CodeBlock(blocks.StructBlock):
    language = blocks.CharBlock(max_length=30, required=False)
    code = blocks.TextBlock(label=_("code"))

    class Meta:
        icon = "code"
        template = "courses/blocks/code.html"


class CalloutBlock(blocks.StructBlock):
    kind = blocks.ChoiceBlock(
        choices=[("note", _("Note")), ("tip", _("Tip")), ("warning", _("Take care"))]
    )
    text = blocks.RichTextBlock(features=["bold", "italic", "code", "ol", "ul", "link"])

    class Meta:
        icon = "warning"
        template = "courses/blocks/callout.html"


class DownloadBlock(blocks.StructBlock):
    document = DocumentChooserBlock()
    title = blocks.CharBlock(max_length=200)

    class Meta:
        icon = "download"
        template = "courses/blocks/download.html"


class MediaValue(blocks.StructValue):
    @cached_property
    def sizes(self) -> list[dict]:
        """The offered files with what they are and their sizes in words, smallest first."""
        offered = [
            (_("sound only"), self.get("sound")),
            (_("small"), self["small"]),
            (_("large"), self["large"]),
        ]
        found = [(label, file) for label, file in offered if file]
        return [
            {"label": label, "file": file, "size": filesizeformat(file.get_file_size())}
            for label, file in sorted(found, key=lambda pair: pair[1].get_file_size() or 0)
        ]


class MediaBlock(blocks.StructBlock):
    """Audio or video in tiers; the transcript is for those who cannot load any of them."""

    kind = blocks.ChoiceBlock(choices=[("audio", _("Audio")), ("video", _("Video"))])
    title = blocks.CharBlock(max_length=200)
    sound = DocumentChooserBlock(label=_("sound of a video"), required=False)
    small = DocumentChooserBlock(label=_("small file"))
    large = DocumentChooserBlock(label=_("large file"), required=False)
    transcript = blocks.TextBlock()

    class Meta:
        icon = "media"
        template = "courses/blocks/media.html"
        value_class = MediaValue


class CheckBlock(blocks.StructBlock):
    question = SnippetChooserBlock("assessments.Question")

    class Meta:
        icon = "help"
        template = "courses/blocks/check.html"


class QuizBlock(blocks.StructBlock):
    quiz = SnippetChooserBlock("assessments.Quiz")

    class Meta:
        icon = "tick"
        template = "courses/blocks/quiz.html"


class UnitBody(blocks.StreamBlock):
    text = blocks.RichTextBlock(features=TEXT_FEATURES, template="courses/blocks/text.html")
    image = ImageBlock()
    code = CodeBlock()
    callout = CalloutBlock()
    table = TableBlock(template="courses/blocks/table.html")
    download = DownloadBlock()
    media = MediaBlock()
    check = CheckBlock(label=_("check question"))
    quiz = QuizBlock()
