"""From this source to a board: what to send, compiled small, sent and checked. Runs on a PC only."""
