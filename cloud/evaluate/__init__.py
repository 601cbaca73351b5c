"""The scores of a candidate: their parts, fusion, and the experts' word."""
