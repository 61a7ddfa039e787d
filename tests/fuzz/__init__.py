"""Random networks of the whole language, held against an oracle that reads their text.

``grammar`` reads and prints equations, ``tape`` reckons with numbers that keep their slopes,
``oracle`` gives equations their meaning entry by entry, ``draw`` makes a network from a seed,
``judge`` compares the generated module with the oracle, ``shrink`` reduces what fails.
``python -m tests.fuzz N SEED`` runs it, in processes of its own (``workers``).
``python -m tests.fuzz.planted`` plants the faults that the engine once had (``planted_table``) back
and tells which network finds each. Nothing but ``judge`` and these imports the engine.
"""
