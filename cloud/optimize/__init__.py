"""Search space, surrogate, acquisition and genetic search behind ask / tell. Knows no store, no broker, no twin."""
