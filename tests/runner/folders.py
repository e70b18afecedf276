"""What tests put into folders and find there."""

from pathlib import Path


def save(path, text):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")
    return str(path)


def rows_of(df):
    return sorted(tuple(row) for row in df.collect())


def names_in(folder):
    return sorted(path.name for path in Path(folder).iterdir() if not path.name.endswith(".crc"))
