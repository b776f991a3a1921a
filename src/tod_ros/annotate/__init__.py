"""`tod annotate`: a page on the user's own machine where most boxes are there already.

store         the pictures and their XML, written so that nothing is lost
album         all that is known of the pictures, and what of it is new to a page
proposals     boxes from a model, kept apart from the truth until a person accepts them
decisions     what a person decided about proposals
background    reads, proposes and looks through the pictures while the person works
coach         what the set of pictures lacks; examine: the same for `tod doctor`
disagreements where a person and the model see different things
looks         what one picture looks like: brightness, sharpness, a fingerprint
camera        takes a picture through the capture node
wire          what goes between page and server, checked
security      who may ask what
server        the routes
serving       address, port, one server per project, the browser
"""
