"""Corrections: the messages of answers are marked when what they quote was corrected or withdrawn."""
