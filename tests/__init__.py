"""The tests: a folder for each room, and what has none: networks, random networks, the house."""
