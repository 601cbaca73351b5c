"""What proves to others that a run is whole and who commanded it: certificates and the audit chain."""
