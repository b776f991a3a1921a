"""New classes from few pictures.

Part of the room training.
"""
