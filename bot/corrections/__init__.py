"""Corrections: answers that were given say so when what they quote was corrected or withdrawn since."""
