"""What editors choose: why an answer is what it is, pinned answers, and sentences never to be quoted."""
