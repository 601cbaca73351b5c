"""The Bayesian network of materials-science principles: whether what is said of one compound belongs together."""
