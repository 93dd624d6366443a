"""The local socket: commands come in over it, and those who watch are told what happens."""
