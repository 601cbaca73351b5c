"""The pipeline judges itself: calibration, bias, drift, and bounded steps of the weights."""
