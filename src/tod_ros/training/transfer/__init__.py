"""New classes from few pictures (transfer learning).

Part of the room training.
"""
