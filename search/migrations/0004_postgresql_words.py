"""PostgreSQL cuts, folds and stems words as the other engines do.

Until now its parser and its English dictionary had the last word: accents were kept though the
planner folds them, "out", "off" and "down" could not be found, and `5e3abc` was two words.
"""

import sys
import unicodedata

from django.db import migrations

# What FTS5's `categories 'L* N* Co Mn Mc'` says.
CATEGORIES = {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No", "Co", "Mn", "Mc"}


def word_class() -> str:
    """Every letter, digit and mark as ranges, so that no locale has a say in it."""
    ranges, start = [], None
    for code in range(0x80, sys.maxunicode + 2):
        inside = code <= sys.maxunicode and unicodedata.category(chr(code)) in CATEGORIES
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            ranges.append(rf"\U{start:08x}-\U{code - 1:08x}")
            start = None
    return "0-9A-Za-z" + "".join(ranges)


def letters_with_accents() -> tuple[str, str]:
    """Latin letters that have accents, and the letters without them."""
    pairs = [
        (chr(code), unicodedata.normalize("NFD", chr(code))[0])
        for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))
    ]
    found = [(letter, plain) for letter, plain in pairs if plain.isascii()]
    return "".join(letter for letter, _ in found), "".join(plain for _, plain in found)


def statements() -> list[str]:
    accented, plain = letters_with_accents()
    return [
        "CREATE TEXT SEARCH DICTIONARY commons_porter (TEMPLATE = snowball, LANGUAGE = porter)",
        "CREATE TEXT SEARCH CONFIGURATION commons (COPY = english)",
        "ALTER TEXT SEARCH CONFIGURATION commons "
        "ALTER MAPPING REPLACE english_stem WITH commons_porter",
        # Lower case; accents off Latin letters, or where they stand for themselves.
        rf"""
        CREATE OR REPLACE FUNCTION search_words(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
            SELECT regexp_replace(
                regexp_replace(
                    translate(lower($1), '{accented}', '{plain}'), '[\u0300-\u036f]+', '', 'g'
                ),
                '[^{word_class()}]+', ' ', 'g'
            )
        $$
        """,
        # Porter's stem with the two changes of its author that SQLite and Lucene have:
        # possibly -> possibl, technology -> technolog. Words of two letters stay.
        """
        CREATE FUNCTION search_stem(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
            SELECT CASE WHEN length($1) < 3 OR octet_length($1) > 64 THEN left($1, 500) ELSE
                coalesce((ts_lexize('commons_porter', regexp_replace(regexp_replace(
                    $1, '([aeiouy][^aeiouy].*)bly$', '\\1ble'),
                    '([aeiouy][^aeiouy].*)log(y|i|ies)$', '\\1log')))[1], $1) END
        $$
        """,
        """
        CREATE FUNCTION search_tokens(text) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$
            SELECT coalesce(
                string_agg(
                    '''' || search_stem(word) || ''':' || least(place, 16383), ' ' ORDER BY place
                ),
                ''
            )::tsvector
            FROM (
                SELECT word, row_number() OVER () AS place
                FROM unnest(string_to_array(search_words($1), ' ')) AS word
                WHERE word <> ''
            ) AS words
        $$
        """,
        """
        CREATE OR REPLACE FUNCTION search_vector() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.vector := setweight(search_tokens(NEW.title), 'A')
                || setweight(search_tokens(NEW.body), 'D');
            RETURN NEW;
        END $$
        """,
        "UPDATE search_searchdocument SET title = title",
    ]


UNDO = [
    r"""
    CREATE OR REPLACE FUNCTION search_words(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
        SELECT regexp_replace(
            lower($1),
            '[^[:alnum:]\u0300-\u036f\u0f00\u0f18-\u0f39\u0f3e-\u0fbc]+', ' ', 'g'
        )
    $$
    """,
    """
    CREATE OR REPLACE FUNCTION search_vector() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.vector := setweight(to_tsvector('english', search_words(NEW.title)), 'A')
            || setweight(to_tsvector('english', left(search_words(NEW.body), 400000)), 'D');
        RETURN NEW;
    END $$
    """,
    "DROP FUNCTION search_tokens(text)",
    "DROP FUNCTION search_stem(text)",
    "DROP TEXT SEARCH CONFIGURATION commons",
    "DROP TEXT SEARCH DICTIONARY commons_porter",
    "UPDATE search_searchdocument SET title = title",
]


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in statements():
            schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in UNDO:
            schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("search", "0003_outbox_waits")]
    operations = [migrations.RunPython(add, remove)]
