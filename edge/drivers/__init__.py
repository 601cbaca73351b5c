"""One instrument a file, bytes in and bytes out; the shell owns the port and passes the time in."""
