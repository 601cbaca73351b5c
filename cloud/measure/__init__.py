"""Raw measurements to numbers with uncertainties. Knows nothing of campaigns, the store or the wire."""
