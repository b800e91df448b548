"""What two services need or what crosses the wire; nothing else moves in here."""
