"""The space of deposition recipes: what the targets can bring and every bench's envelope allows."""
