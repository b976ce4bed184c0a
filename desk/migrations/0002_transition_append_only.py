from django.db import migrations

from people.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("desk", "0001_initial")]
    operations = [append_only("desk_transition")]
