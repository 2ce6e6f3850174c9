"""Speed as ratios against plain code in the same process: `make bench`."""
