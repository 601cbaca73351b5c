"""The digital twin: chamber, film, cell and instruments. Only tests and the command line import it."""
