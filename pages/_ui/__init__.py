"""What the screens share: services, state and drawn parts."""
