"""What reading PEM may raise; its bytes come from files that anybody may have written."""

from cryptography import x509
from cryptography.exceptions import InternalError, UnsupportedAlgorithm

# cryptography names its mistakes by kind, and has no one of its own above them; each of these was seen in tests.fuzz
UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, InternalError, x509.InvalidVersion)
