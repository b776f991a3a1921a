"""The second family of scenes: light is computed on every surface, then a sensor counts it.

It shares the geometry of cubes with the first family (where they stand, what is seen of them) and
nothing of what a network could learn by heart: strokes, papers, edges, rooms, light and camera are
its own. A detector that learnt from one family is judged on the other.
"""
