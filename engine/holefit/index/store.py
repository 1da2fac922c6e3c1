"""The index on disk: one SQLite file for each layer (standard library, an environment's packages, the project).

Every unit is replaced in one transaction, so that a reader sees an old or a new one whole, however the writer ends. A file that is
damaged or was written by another version is made anew.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgpack

from holefit.index.environment import Unit
from holefit.index.summary import (
    Kind,
    Parameter,
    Summary,
    from_plain,
    parameters_from_plain,
    parameters_to_plain,
    to_plain,
)
from holefit.index.type import Type, Variable, heads, packed, unpacked

_VERSION: Final = 7
_ERRORS = "surrogatepass"
_TABLES = """
CREATE TABLE units (name TEXT PRIMARY KEY, stamp TEXT) WITHOUT ROWID;
CREATE TABLE modules (name TEXT PRIMARY KEY, unit TEXT, path TEXT, stamp TEXT, summary BLOB) WITHOUT ROWID;
CREATE TABLE classes (name TEXT PRIMARY KEY, unit TEXT, short TEXT, protocol INTEGER, data BLOB) WITHOUT ROWID;
CREATE INDEX classes_short ON classes (short);
CREATE TABLE bases (base TEXT, name TEXT, unit TEXT, PRIMARY KEY (base, name)) WITHOUT ROWID;
CREATE TABLE entries (
    id INTEGER PRIMARY KEY, unit TEXT, module TEXT, name TEXT, kind INTEGER, flags TEXT, required INTEGER, most INTEGER, rank REAL,
    defined TEXT, line INTEGER, data BLOB
);
CREATE INDEX entries_unit ON entries (unit);
CREATE TABLE postings (
    head TEXT, role INTEGER, entry INTEGER, required INTEGER, most INTEGER, kind INTEGER, PRIMARY KEY (head, role, entry)
) WITHOUT ROWID;
CREATE TABLE uses (target TEXT, unit TEXT, count INTEGER, PRIMARY KEY (target, unit)) WITHOUT ROWID;
"""
RESULT, PARAMETER = 0, 1


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be named: ``name`` as it is written once ``module`` gives it (``Path.cwd`` of ``pathlib``).

    ``parameters`` are those of a call; a value has none, and neither has a property but the object that it is of. ``flags``: ``p`` private,
    ``d`` deprecated. ``defined`` is the module that it is written in, at ``line`` (0-based). ``rank`` is smaller for what is more likely.
    """

    module: str
    name: str
    kind: Kind
    parameters: tuple[Parameter, ...]
    result: Type
    flags: str
    rank: float
    defined: str
    line: int

    @property
    def required(self) -> int:
        """How many arguments must be given."""
        return sum(not one.optional for one in self.parameters)

    @property
    def most(self) -> int:
        """How many arguments may be given."""
        return 99 if any(one.kind in ("*", "**") for one in self.parameters) else len(self.parameters)


@dataclass(frozen=True, slots=True)
class ClassEntry:
    """A class: its type variables, its bases in terms of them, and the names of its members. ``flags``: ``p`` protocol, ``e`` enum, ``a`` abstract."""

    name: str
    variables: tuple[Variable, ...]
    bases: tuple[Type, ...]
    members: tuple[str, ...]
    flags: str


class Store:
    """One layer. May be used from several threads."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._read_only = read_only
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def rows(self, question: str, values: Sequence[object] = ()) -> list[Any]:
        """The rows of a question; none while there is no file that can be read."""
        with self._lock:
            try:
                connection = self._opened()
                return [] if connection is None else connection.execute(question, values).fetchall()
            except sqlite3.Error:
                self._drop()
                return []

    def state(self) -> tuple[int, ...]:
        """What changes when something is written: which file it is, and the time and size of it and of its journal."""
        found: list[int] = []
        for path in (self.path, self.path.with_name(self.path.name + "-wal")):
            try:
                seen = path.stat()
                found += [seen.st_ino, seen.st_mtime_ns, seen.st_size]
            except OSError:
                found += [0, 0, 0]
        return tuple(found)

    # Writing

    @contextmanager
    def replacing(self, unit: str) -> Iterator[sqlite3.Connection]:
        """A transaction at whose start nothing of ``unit`` is left but its modules' summaries."""
        connection = self._opened()
        assert connection is not None
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "DELETE FROM postings WHERE entry IN (SELECT id FROM entries WHERE unit = ?)", (unit,)
            )
            for table in ("entries", "classes", "bases", "uses", "units"):
                connection.execute(
                    f"DELETE FROM {table} WHERE unit = ?" if table != "units" else _NO_UNIT, (unit,)
                )
            yield connection

    def remove(self, unit: str) -> None:
        """Forget a unit."""
        with self.replacing(unit) as connection:
            connection.execute("DELETE FROM modules WHERE unit = ?", (unit,))

    def put_summaries(
        self, unit: str, found: Iterable[tuple[str, str, Summary]], gone: Iterable[str]
    ) -> None:
        """Keep the summaries of modules, each with its path and stamp; forget those that are gone."""
        connection = self._opened()
        assert connection is not None
        with connection:
            connection.executemany("DELETE FROM modules WHERE name = ?", [(name,) for name in gone])
            connection.executemany(
                "INSERT OR REPLACE INTO modules VALUES (?, ?, ?, ?, ?)",
                ((one.module, unit, path, stamp, _packed(to_plain(one))) for path, stamp, one in found),
            )

    def put(self, connection: sqlite3.Connection, unit: Unit, linked: Linked) -> None:
        """Everything of a unit, in the transaction of :meth:`replacing`."""
        connection.executemany(
            "INSERT OR REPLACE INTO classes VALUES (?, ?, ?, ?, ?)",
            (
                (one.name, unit.name, one.name.rpartition(".")[2], "p" in one.flags, _class_data(one))
                for one in linked.classes
            ),
        )
        connection.executemany(
            "INSERT OR REPLACE INTO bases VALUES (?, ?, ?)",
            (
                (head, one.name, unit.name)
                for one in linked.classes
                for base in one.bases
                for head in heads(base)
            ),
        )
        last = connection.execute("SELECT COALESCE(MAX(id), 0) FROM entries").fetchone()[0]
        for number, one in enumerate(linked.entries, last + 1):
            connection.execute(
                "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(
                        number,
                        unit.name,
                        one.module,
                        one.name,
                        int(one.kind),
                        one.flags,
                        one.required,
                        one.most,
                        one.rank,
                    ),
                    *(
                        one.defined,
                        one.line,
                        _packed([parameters_to_plain(one.parameters), packed(one.result)]),
                    ),
                ),
            )
            found = {(head, RESULT) for head in heads(one.result)}
            found |= {(head, PARAMETER) for parameter in one.parameters for head in heads(parameter.type)}
            connection.executemany(
                "INSERT INTO postings VALUES (?, ?, ?, ?, ?, ?)",
                [(head, role, number, one.required, one.most, int(one.kind)) for head, role in found],
            )
        connection.executemany(
            "INSERT OR REPLACE INTO uses VALUES (?, ?, ?)",
            [(target, unit.name, count) for target, count in linked.uses.items()],
        )
        connection.execute("INSERT INTO units VALUES (?, ?)", (unit.name, unit.stamp))

    def restamp(self, unit: Unit) -> None:
        """Say that all of a unit is as its stamp has it."""
        connection = self._opened()
        assert connection is not None
        connection.execute("INSERT OR REPLACE INTO units VALUES (?, ?)", (unit.name, unit.stamp))

    # Reading

    def stamps(self) -> dict[str, str]:
        """The stamps of the units that are there."""
        return dict(self.rows("SELECT name, stamp FROM units"))

    def modules(self, unit: str | None = None) -> dict[str, tuple[str, str]]:
        """Path and stamp of every module, or of those of one unit."""
        where, values = ("", ()) if unit is None else (" WHERE unit = ?", (unit,))
        return {
            name: (path, stamp)
            for name, path, stamp in self.rows(f"SELECT name, path, stamp FROM modules{where}", values)
        }

    def summary(self, module: str) -> Summary | None:
        """The summary of a module."""
        rows = self.rows("SELECT summary FROM modules WHERE name = ?", (module,))
        return from_plain(_unpacked(rows[0][0])) if rows else None

    def class_entry(self, name: str) -> ClassEntry | None:
        """The class of that full name."""
        rows = self.rows("SELECT data FROM classes WHERE name = ?", (name,))
        if not rows:
            return None
        variables, bases, members, flags = _unpacked(rows[0][0])
        types = tuple(map(unpacked, variables))
        return ClassEntry(
            name,
            tuple(one for one in types if isinstance(one, Variable)),
            tuple(map(unpacked, bases)),
            tuple(members),
            flags,
        )

    def _opened(self) -> sqlite3.Connection | None:
        if self._connection is not None:
            return self._connection
        if self._read_only:
            if not self.path.is_file():
                return None
            connection = self._connect(f"{self.path.absolute().as_uri()}?mode=ro")
            if connection.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
                connection.close()
                return None
            self._connection = connection
            return connection
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = self._made()
        except sqlite3.DatabaseError:  # damaged: everything in it can be made again
            self.delete()
            self._connection = self._made()
        return self._connection

    def _made(self) -> sqlite3.Connection:
        connection = self._connect(f"{self.path.absolute().as_uri()}?mode=rwc")
        try:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, _VERSION):
                connection.close()
                self.delete()
                return self._made()
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            if version == 0:
                connection.executescript(
                    f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {_VERSION}; COMMIT;"
                )
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect(self, uri: str) -> sqlite3.Connection:
        return sqlite3.connect(uri, uri=True, timeout=30.0, check_same_thread=False, isolation_level=None)

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    def delete(self) -> None:
        """Remove the file and what SQLite keeps beside it."""
        self._drop()
        for suffix in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Linked:
    """What a unit gives to the index; ``uses`` counts what its modules import."""

    classes: list[ClassEntry]
    entries: list[Entry]
    uses: dict[str, int]


_NO_UNIT = "DELETE FROM units WHERE name = ?"
ENTRY_COLUMNS = "module, name, kind, flags, rank, defined, line, data"


def entry_of(row: Sequence[Any]) -> Entry:
    """The entry of a row of ``ENTRY_COLUMNS``."""
    module, name, kind, flags, rank, defined, line, data = row
    parameters, result = _unpacked(data)
    return Entry(
        module,
        name,
        Kind(kind),
        parameters_from_plain(parameters),
        unpacked(result),
        flags,
        rank,
        defined,
        line,
    )


def _class_data(one: ClassEntry) -> bytes:
    return _packed(
        [[packed(v) for v in one.variables], [packed(b) for b in one.bases], one.members, one.flags]
    )


def _packed(plain: object) -> bytes:
    data: bytes = msgpack.packb(plain, unicode_errors=_ERRORS)
    return data


def _unpacked(data: bytes) -> Any:
    return msgpack.unpackb(data, strict_map_key=False, unicode_errors=_ERRORS)
