"""Training: the program NAME_train.py beside a module, and what it is made of."""
