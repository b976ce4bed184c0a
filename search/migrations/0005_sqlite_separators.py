"""Emoji and marks of direction part words on SQLite too.

Its tables are of an older Unicode and take what they do not know for a letter: "network🤔" was
one word that nobody could find.
"""

import unicodedata

from django.db import migrations

WORD = {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No", "Co", "Mn", "Mc"}
# Arabic signs, punctuation to symbols, Arabic ligatures, and the pictographs, whole.
BLOCKS = [(0x600, 0x61F), (0x2000, 0x2E7F), (0xFD40, 0xFDFF), (0x1F000, 0x1FBFF)]
OLD = "porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"


def separators() -> str:
    return "".join(
        chr(code)
        for first, last in BLOCKS
        for code in range(first, last + 1)
        if unicodedata.category(chr(code)) not in WORD
    )


def _tokenize(schema_editor, tokenizer: str) -> None:
    """The table is only an index over search_searchdocument; its triggers stay."""
    schema_editor.execute("DROP TABLE search_fts", params=None)
    schema_editor.execute(
        "CREATE VIRTUAL TABLE search_fts USING fts5(title, body, "
        "content='search_searchdocument', content_rowid='id', prefix='2 3 4', "
        f'tokenize="{tokenizer}")',
        params=None,
    )
    schema_editor.execute("INSERT INTO search_fts(search_fts) VALUES ('rebuild')", params=None)


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        _tokenize(schema_editor, f"{OLD} separators '{separators()}'")


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        _tokenize(schema_editor, OLD)


class Migration(migrations.Migration):
    dependencies = [("search", "0004_postgresql_words")]
    operations = [migrations.RunPython(add, remove)]
