"""The records of a measurement on disk: one line per conversation, so that an interrupted run goes on where it was."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from replay import Run


def fingerprint(files: Iterable[Path]) -> str:
    """Of everything that decides a verdict: records of other programs or registries are not mixed with these."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


class Records:
    def __init__(self, path: Path, of: str):
        self._path = path
        self.found: dict[Run, dict] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        if not self._load(of):
            path.write_text(json.dumps({"fingerprint": of}) + "\n")

    def add(self, record: dict) -> None:
        with self._path.open("a") as file:
            file.write(json.dumps(record) + "\n")
        self.found[_run(record)] = record

    def _load(self, of: str) -> bool:
        lines = self._path.read_text().splitlines() if self._path.exists() else []
        if not lines or json.loads(lines[0]).get("fingerprint") != of:
            return False
        for line in lines[1:]:
            try:
                record = json.loads(line)
            except ValueError:  # the line that was being written when the run was interrupted
                continue
            self.found[_run(record)] = record
        return True


def _run(record: dict) -> Run:
    return Run(**{field.name: record[field.name] for field in fields(Run)})
