"""What all that shows something in Discord shares: sending, buttons, permissions, errors in words."""
