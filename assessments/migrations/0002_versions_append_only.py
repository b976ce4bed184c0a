from django.db import migrations

from people.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("assessments", "0001_initial")]
    operations = [append_only("assessments_questionversion", "assessments_response")]
