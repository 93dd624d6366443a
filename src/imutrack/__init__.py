"""imutrack."""
