"""Training: the program NAME_train.py beside a module, and what it is made of.

in:    `Derivation` of a spec with `train:`
out:   NAME_train.py
names: `program.training_program`, `loaded.load_program`, `rounds.train`
"""
