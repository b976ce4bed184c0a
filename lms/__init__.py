"""The Django project: puts the rooms together and owns no rule of the field."""

import sys

if sys.platform == "linux":
    # SQLite before 3.51.3 can corrupt a WAL file when two connections checkpoint
    # at once; the wheel brings a newer one. This runs before Django opens a database.
    import pysqlite3
    import pysqlite3.dbapi2

    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
