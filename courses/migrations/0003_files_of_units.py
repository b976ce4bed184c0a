from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0002_append_only"),
        ("wagtaildocs", "0014_alter_document_file_size"),
        ("wagtailimages", "0027_image_description"),
    ]

    operations = [
        migrations.AddField(
            model_name="unitversion",
            name="documents",
            field=models.ManyToManyField(related_name="+", to="wagtaildocs.document"),
        ),
        migrations.AddField(
            model_name="unitversion",
            name="pictures",
            field=models.ManyToManyField(related_name="+", to="wagtailimages.image"),
        ),
    ]
