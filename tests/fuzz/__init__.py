"""Random networks of the whole language, held against an oracle that reads their text.

``grammar`` reads and prints equations, ``tape`` reckons with numbers that keep their slopes,
``oracle`` gives equations their meaning entry by entry, ``draw`` makes a network from a seed,
``judge`` compares the generated module with the oracle, ``paper`` what is printed with the oracle's
``slopes`` of every tensor and every single equation; ``shrink`` reduces what fails.
``python -m tests.fuzz N SEED`` runs it, in processes of its own (``workers``).
``python -m tests.fuzz.planted`` plants the faults that the engine once had (``planted_table``) back
and tells which network finds each; with ``--paper`` those of what is printed (``planted_paper``).
Nothing but ``judge``, ``paper`` and these imports the engine.
"""
