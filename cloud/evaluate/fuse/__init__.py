"""How the scores become one value and a chance: weights by experts, outcomes and preferences, and their shares."""
