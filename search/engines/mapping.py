"""The Elasticsearch index: how it cuts text into words, and its fields. Pure.

Words as in search/analysis.py, then Porter's stems, as the embedded engine has them.
"""

import hashlib
import json
from typing import Any

LONGEST_TERM = 8000  # letters; Lucene refuses a document with a term of more than 32,766 bytes

# The same categories as in FTS5 and in search_words() of PostgreSQL.
WORD = "[\\p{L}\\p{N}\\p{Mn}\\p{Mc}\\p{Co}]+"

SETTINGS: dict[str, Any] = {
    "number_of_shards": 1,
    "number_of_replicas": 0,
    "refresh_interval": "1s",
    "analysis": {
        "tokenizer": {"word": {"type": "pattern", "pattern": WORD, "group": 0}},
        "filter": {
            # What asciifolding leaves: accents that stand for themselves, as in decomposed text.
            "ict_marks": {
                "type": "pattern_replace",
                "pattern": "[\u0300-\u036f]",
                "replacement": "",
            },
            "ict_longest": {"type": "truncate", "length": LONGEST_TERM},
            "ict_porter": {"type": "porter_stem"},
        },
        "analyzer": {
            "commons": {
                "type": "custom",
                "tokenizer": "word",
                "filter": ["lowercase", "asciifolding", "ict_marks", "ict_longest", "ict_porter"],
            },
        },
    },
}
_TEXT = {"type": "text", "analyzer": "commons"}
_KEYWORDS = ("key", "kind", "group", "audience", "pool", "agency", "author", "tags", "state")
MAPPINGS: dict[str, Any] = {
    "dynamic": "strict",
    "properties": {
        **{name: {"type": "keyword"} for name in _KEYWORDS},
        "title": _TEXT,
        "body": _TEXT,
        "when": {"type": "date"},
        "url": {"type": "keyword", "index": False, "doc_values": False},
    },
}


def fingerprint() -> str:
    """Eight letters that change with the settings or the mapping; part of the index's name."""
    text = json.dumps([SETTINGS, MAPPINGS], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]
