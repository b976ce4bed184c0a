import factory

from competencies.models import Competency, Framework, Level
from courses.models import CoursePage, UnitPage
from courses.services import publish_version
from courses.starter import index_page
from people.models import Audience


class CompetencyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Competency
        django_get_or_create = ["code"]

    code = factory.Sequence(lambda n: f"NET-{n:02}")
    name = factory.LazyAttribute(lambda competency: f"Competency {competency.code}")
    definition = "Does it well."
    area = "Operation"
    pool_code = "NET"
    pool_name = "Networking"

    @factory.lazy_attribute
    def framework(self):
        framework, _made = Framework.objects.get_or_create(code="f", defaults={"name": "F"})
        for order, name in enumerate(("Entry", "Experienced", "Advanced"), start=1):
            Level.objects.get_or_create(framework=framework, order=order, defaults={"name": name})
        return framework


def course(*, units=2, quiz=None, competencies=(), audience=("everyone",), **fields) -> CoursePage:
    """A published course in its first version."""
    title = fields.pop("title", "Cabling")
    page = CoursePage(
        title=title,
        summary="What a cable does.",
        audience=Audience.objects.of(*audience),
        quiz=quiz,
        **fields,
    )
    index_page().add_child(instance=page)
    for row in competencies:
        page.competencies.create(competency=row, level=row.framework.levels.first())
    for number in range(1, units + 1):
        text = f"<p>Text of unit {number}</p>"
        page.add_child(instance=UnitPage(title=f"Unit {number}", minutes=5, body=[("text", text)]))
    publish_version(page)
    return page
