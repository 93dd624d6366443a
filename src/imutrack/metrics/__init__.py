"""What is measured: repetitions, range of motion, sway, chair tests, quality; pure functions over a `Signal`."""
