"""What leaves the house: one module per format."""
