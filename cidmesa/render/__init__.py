"""Pictures: layout, picture tree, and one printer per format."""
