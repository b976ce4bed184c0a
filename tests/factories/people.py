from datetime import date

import factory
from django.contrib.auth.models import Group

from people.models import Centre, Dzongkhag, Gewog, Organisation, Posting, User


class DzongkhagFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Dzongkhag
        django_get_or_create = ["iso"]

    iso = "BT-15"
    name = "Thimphu"
    name_dz = "ཐིམ་ཕུག་"


class GewogFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Gewog

    dzongkhag = factory.SubFactory(DzongkhagFactory)
    name = factory.Sequence(lambda n: f"Gewog {n}")


class CentreFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Centre

    code = factory.Sequence(lambda n: f"CC-T-{n:03}")
    name = factory.LazyAttribute(lambda centre: f"Centre {centre.code}")
    gewog = factory.SubFactory(GewogFactory)
    connectivity = "4g"
    power = "grid"


class OrganisationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Organisation
        django_get_or_create = ["name"]

    name = factory.Sequence(lambda n: f"Agency {n}")


class PersonFactory(factory.django.DjangoModelFactory):
    """A person with a sign-in and no posting."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    employee_id = factory.Sequence(lambda n: f"T{n:04}")
    name = factory.LazyAttribute(lambda person: f"Officer {person.employee_id}")

    @factory.post_generation
    def groups(self, create, extracted, **kwargs):
        """`groups=["registrar"]` puts the person into these groups."""
        for name in extracted or []:
            self.groups.add(Group.objects.get_or_create(name=name)[0])


class PostingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Posting

    person = factory.SubFactory(PersonFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    dzongkhag = factory.SubFactory(DzongkhagFactory)
    post_title = "ICT Officer"
    starts = date(2024, 1, 1)


def professional(**posting) -> User:
    """Somebody with an open posting in an agency."""
    return PostingFactory(**posting).person


def operator(**posting) -> User:
    """Somebody who runs a centre."""
    return PostingFactory(centre=CentreFactory(), post_title="Operator", **posting).person


def registrar() -> User:
    return professional(person=PersonFactory(groups=["registrar"]))


def author() -> User:
    return professional(person=PersonFactory(groups=["author"]))


def head_of(person) -> User:
    """Who supervises `person` in the same agency."""
    head = professional(organisation=person.open_posting.organisation)
    person.postings.update(supervisor=head)
    return head
