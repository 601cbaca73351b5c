"""X-ray photoelectron spectra: from an analyser's file to atomic fractions and the thickness of the carbonate layer."""
