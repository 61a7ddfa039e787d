"""What is made of a derivation: NumPy modules, LaTeX, terminal, lectures; and the checks."""
