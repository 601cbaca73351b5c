"""A search by spreadsheet: `adatom suggest` says what to try next, `adatom tell` writes results into the table."""
