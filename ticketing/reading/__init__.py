"""What the pages show, read from the rows: lists, lines of time, verdicts, what waits for a person."""
