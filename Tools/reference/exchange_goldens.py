"""Writes tables as Python's csv module writes them, with the rows that it reads back, for the readers of documents.

    python Tools/reference/exchange_goldens.py

`Tests/NeedletailRetrievalTests/Fixtures/tables.json` holds the bytes of each table (base64) and its cells. The cells hold
separators, quotation marks, line ends, blanks and letters of several scripts; the dialects differ in separator, quoting
and line ends. Every table must have a cell with a quotation mark, a separator and a line end, or the script fails.
"""

import base64
import csv
import io
import json
import random
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parents[2] / "Tests/NeedletailRetrievalTests/Fixtures/tables.json"
PIECES = ["swift", "Ü", "☃", "鳥", '"', '""', ",", "\t", "\n", "\r\n", " ", "  ", "'", "\\", "0", "-1.5", "𝄞", ";", "|"]


def cell(random_source):
    return "".join(random_source.choice(PIECES) for _ in range(random_source.randint(0, 6)))


def table(seed, delimiter, quoting, ending):
    source = random.Random(seed)
    header = ["id", "text", "title", "note", "größe"]
    rows = [[f"row {number}"] + [cell(source) for _ in header[1:]] for number in range(40)]
    rows.append(["row 40", f'a "quoted" text{delimiter}\nof two lines', "", "", ""])
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, quoting=quoting, lineterminator=ending)
    writer.writerows([header] + rows)
    text = buffer.getvalue()
    back = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    assert back == [header] + rows, "the csv module does not read what it wrote"
    assert any('"' in c and delimiter in c and "\n" in c for row in rows for c in row)
    return {
        "format": "tsv" if delimiter == "\t" else "csv",
        "bytes": base64.b64encode(text.encode()).decode(),
        "rows": back,
    }


def main():
    tables = [
        table(1, ",", csv.QUOTE_MINIMAL, "\r\n"),
        table(2, ",", csv.QUOTE_ALL, "\n"),
        table(3, "\t", csv.QUOTE_MINIMAL, "\n"),
        table(4, "\t", csv.QUOTE_NONNUMERIC, "\r\n"),
    ]
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    document = {"program": f"csv of Python {sys.version.split()[0]}", "tables": tables}
    TARGET.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
