"""Hold the write lock of an SQLite file until a line comes in. lock.py FILE

In a process of its own: POSIX locks do not exclude a second SQLite library in the same process.
"""

from __future__ import annotations

import sqlite3
import sys

connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
connection.close()
