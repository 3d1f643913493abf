"""What is stored, held against what should be: in one store, or between two."""
