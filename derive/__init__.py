"""The mathematics: specs and equations in, immutable derivations out. `pipeline` is the map."""
