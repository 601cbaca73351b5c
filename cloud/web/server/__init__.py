"""The window: the web application that shows benches, runs and campaigns, and takes a person's word. HTTP only here."""
