"""A trained network as a program or file of another kind, made from its graph and proved against it."""
