"""How large a picture may be, and of which kinds: small files can claim to be enormous."""

MAX_BYTES = 256 * 1024 * 1024
TOO_LARGE = f"{MAX_BYTES >> 20} MB; make it smaller first"
MAX_PIXELS = 50_000_000  # beyond any robot's camera; a file of a few bytes can claim to be larger
# What Pillow may open: of the others some start programs (EPS runs Ghostscript), and none is used
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
