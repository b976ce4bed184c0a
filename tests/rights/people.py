from people.models import Centre, Holiday, Organisation, RegistryImport
from tests.rights import PUBLIC, SIGNED_IN, Right

KEEPERS = frozenset({"registrar", "administrator"})


def somebody():
    return ["OPR002"]


def centre():
    return [Centre.objects.first().code]


def organisation():
    return [Organisation.objects.first().pk]


def holiday():
    return [Holiday.objects.first().pk]


def file():
    return [RegistryImport.objects.first().pk]


RIGHTS = {
    "people:directory": Right(SIGNED_IN),
    "people:first_sign_in": Right(PUBLIC),
    "people:data_saver": Right(SIGNED_IN, status=405),
    "people:organisation": Right(SIGNED_IN, args=organisation),
    "people:centres": Right(SIGNED_IN),
    "people:centre": Right(SIGNED_IN, args=centre),
    "people:person": Right(SIGNED_IN, args=somebody),
    "people:holdings": Right(KEEPERS, args=somebody),
    "people:hand_out_code": Right(SIGNED_IN, args=somebody, status=405),
    "people:holidays": Right(SIGNED_IN),
    "people:strike_holiday": Right(SIGNED_IN, args=holiday, status=405),
    "people:imports": Right(KEEPERS),
    "people:import": Right(KEEPERS, args=file),
    "people:confirm_import": Right(SIGNED_IN, args=file, status=405),
    "people:refused_rows": Right(KEEPERS, args=file, html=False, kilobytes=500),
}
