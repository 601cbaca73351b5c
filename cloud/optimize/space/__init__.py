"""The search space of any lab with a table: numbers, choices, compositions, and rules over them."""
