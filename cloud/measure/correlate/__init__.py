"""Which columns of a table of samples go together: image statistics with electrical ones, for example."""
