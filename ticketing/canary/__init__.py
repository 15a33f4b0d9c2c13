"""The canary: one test ticket through the whole round trip, each hop timed, everything removed at the end."""
