"""Documents in front of a camera: pages found and straightened, files made of them, zones for machines read."""
